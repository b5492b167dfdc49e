%% Stands in for Common Test's header: what the suites use of it.
-define(config(Name, Config), proplists:get_value(Name, Config)).

%% Cases that start another node are skipped.
-define(CT_PEER(), throw({skip, "starts another node"})).
-define(CT_PEER(Options), throw({skip, {"starts another node", Options}})).
-define(CT_PEER(Options, Release, Directory), throw({skip, {"starts another node", Options, Release, Directory}})).
