%% Stands in for the module of that name in erts' test suites, some of whose functions would end the connection to the
%% suites' node.
-module(erts_test_utils).
-export([available_internal_state/1, check_node_dist/0, check_node_dist/1, ept_check_leaked_nodes/1,
         mk_ext_pid/3, mk_ext_port/2, mk_ext_ref/2]).

ept_check_leaked_nodes(_) -> ok.
check_node_dist() -> ok.
check_node_dist(_) -> ok.
available_internal_state(true) -> throw({skip, "wants erts_debug:set_internal_state"});
available_internal_state(false) -> false.

%% Identifiers of another node, made from their external form.
mk_ext_pid({Node, Creation}, Number, Serial) ->
    made(<<88, (atom(Node))/binary, Number:32, Serial:32, Creation:32>>).

mk_ext_port({Node, Creation}, Number) when Number < 1 bsl 32 -> made(<<89, (atom(Node))/binary, Number:32, Creation:32>>);
mk_ext_port({Node, Creation}, Number) -> made(<<120, (atom(Node))/binary, Number:64, Creation:32>>).

mk_ext_ref({Node, Creation}, Numbers) ->
    made(<<90, (length(Numbers)):16, (atom(Node))/binary, Creation:32, << <<Number:32>> || Number <- Numbers >>/binary>>).

made(Bytes) -> binary_to_term(<<131, Bytes/binary>>).
atom(Node) -> <<131, Encoded/binary>> = term_to_binary(Node), Encoded.
