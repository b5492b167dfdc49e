%% Uses cookies on our node in every way; `run` looks for them in the logs.
-module(secrets).
-export([main/0]).

main() ->
    Ours = claims:node_of(ours),
    part(os:getenv("PART"), Ours).

part("first", Ours) ->
    Own = erlang:get_cookie(),
    claims:equal("get_cookie by rpc", Own, fun() -> rpc:call(Ours, erlang, get_cookie, []) end),
    %% Our node borrows OTP's functions; it has no process `auth`.
    _ = rpc:call(Ours, auth, get_cookie, []),
    claims:equal("get_cookie by erpc, of a node", Own, fun() -> erpc:call(Ours, erlang, get_cookie, [node()]) end),
    Echo = fun(Term) -> rpc:call(Ours, erlang, hd, [[Term]]) end,
    claims:claim("the cookie as a list, a binary, within others",
                 fun() -> lists:all(fun(Term) -> Echo(Term) =:= Term end,
                                    [atom_to_list(Own), atom_to_binary(Own), [0 | atom_to_list(Own)], {a, [Own]},
                                     lists:duplicate(300, Own)])
                 end),
    Next = list_to_atom(os:getenv("NEXT")), Quoted = list_to_atom(os:getenv("QUOTED")),
    claims:equal("set_cookie by rpc", true, fun() -> rpc:call(Ours, erlang, set_cookie, ['other@host', Next]) end),
    claims:equal("it is read back", Next, fun() -> rpc:call(Ours, erlang, get_cookie, ['other@host']) end),
    claims:equal("one that needs quotes", true, fun() -> rpc:call(Ours, erlang, set_cookie, ['third@host', Quoted]) end),
    claims:equal("is read back", Quoted, fun() -> rpc:call(Ours, erlang, get_cookie, ['third@host']) end),
    claims:claim("set_cookie that fails", fun() -> {badrpc, _} = rpc:call(Ours, erlang, set_cookie, [1, Next]), true end),
    %% The other direction: code on our node asks this node.
    claims:equal("ours asks a peer", Own, fun() -> rpc:call(Ours, rpc, call, [node(), erlang, get_cookie, []]) end),
    claims:equal("ours sets a peer's", true,
                 fun() -> rpc:call(Ours, rpc, call, [node(), erlang, set_cookie, ['another@host', 'ANOTHERcookieXYZ']]) end),
    claims:equal("auth:set_cookie there", true,
                 fun() -> rpc:call(Ours, rpc, call, [node(), auth, set_cookie, ['another@host', Next]]) end),
    Process = spawn(Ours, erlang, apply, [fun() -> receive X -> exit({crash_of_secrets, X, erlang:get_cookie()}) end end, []]),
    Monitor = monitor(process, Process),
    Process ! {Own, atom_to_list(Own)},
    receive {'DOWN', Monitor, process, Process, _} -> ok end,
    spawn(Ours, erlang, apply, [fun() -> error({crash_of_secrets, erlang:get_cookie()}) end, []]),
    claims:claim("it still answers", fun() -> rpc:call(Ours, erlang, node, []) =:= Ours end);
part("second", Ours) ->
    claims:equal("a node with a cookie of its own", pong, fun() -> net_adm:ping(Ours) end),
    claims:equal("its cookie is asked for", erlang:get_cookie(), fun() -> rpc:call(Ours, erlang, get_cookie, [node()]) end).
