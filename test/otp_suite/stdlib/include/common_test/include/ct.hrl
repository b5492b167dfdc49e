%% Stands in for Common Test's header: what the suites use of it.
-define(config(Name, Config), proplists:get_value(Name, Config)).
