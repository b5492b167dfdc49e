%% Stands in for Common Test's header: what the suites use of it.
-define(config(Name, Config), proplists:get_value(Name, Config)).
-define(line,).
-define(HI_VERBOSITY, 75).

%% Cases that start another node are skipped (test_server.erl).
-define(CT_PEER_NAME(Case), test_server:peer_name(?MODULE_STRING, Case)).
-define(CT_PEER_NAME(), ?CT_PEER_NAME(?FUNCTION_NAME)).
-define(CT_PEER(Options), test_server:start_peer(Options, ?MODULE, ?FUNCTION_NAME)).
-define(CT_PEER(), ?CT_PEER([])).
-define(CT_PEER(Options, Release, Directory), test_server:start_peer(Options, ?MODULE, ?FUNCTION_NAME, Release, Directory)).
-define(CT_PEER_REL(Options, Release, Directory), ?CT_PEER(Options, Release, Directory)).
