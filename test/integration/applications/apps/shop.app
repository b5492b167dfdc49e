{application, shop, [{description, "A shop"}, {vsn, "1.2"}, {modules, [shop, shop_till]}, {registered, [shop, shop_till]},
 {applications, [kernel, stdlib, bank]}, {optional_applications, []}, {mod, {shop, [open]}}, {env, [{till, 5}]},
 {start_phases, [{stock, [apples]}, {sell, []}]}]}.
