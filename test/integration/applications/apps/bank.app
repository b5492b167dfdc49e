{application, bank, [{description, "A bank"}, {vsn, "1"}, {modules, [bank]}, {registered, [bank]},
 {applications, [kernel, stdlib]}, {mod, {bank, []}}]}.
