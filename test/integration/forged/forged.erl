%% A peer sends control messages that it must not send: each field is forged in each way that makes a
%% difference. The victim is a process of the target node. It is linked to a process of a third node, monitors
%% it and is monitored by it. For spawn replies it awaits a reply of the third node, which is stopped
%% meanwhile. The forger is a socket that has made a handshake.
-module(forged).
-export([main/0]).

%% {Messages, Field, Kinds, Outcome on OTP, Outcome on our node, Why they differ}. Kinds name the node of the
%% forged identifier: `X_old` is an older incarnation of it, `X_unknown` an identifier that was never used,
%% `X5` a reference of five words. An outcome is `closes` (the connection is closed), `ignored` (nothing
%% changes), `works`, or [{Release, Outcome}] from that release on. `crashes` means that the emulator ends;
%% such messages are not sent to OTP.
table() ->
    Peer = [peer, peer_old, peer_unknown], Third = [third, third_old], Us = [ours, ours_unknown],
    NotPeer = Third ++ Us ++ [ours_old], Anybody = Peer ++ NotPeer, NotUs = Peer ++ Third,
    Refs = [peer, peer_old, peer5], ThirdRefs = [third, third5],
    Exits = [3, 13, 24, 25], Exits2 = [8, 18, 26, 27], Downs = [21, 28], Spawns = [29, 30], Replies = [31, 32],
    Itself = "a peer speaks for itself only", Found = "monitors are found by their references: each node uses its own",
    Asked = "only the node that was asked answers",
    [{[1], from, Peer, works}, {[1], from, NotPeer, closes},
     {[1], to, NotUs, closes}, {[1], to, [ours], works}, {[1], to, [ours_old, ours_unknown], ignored},

     {[2, 12], cookie, [empty | Anybody], works},
     {[6, 16, 22, 23, 33, 34, 37], from, Anybody, works},
     {[2, 12, 22, 23, 37], to, NotUs ++ [ours_old, ours_unknown], ignored}, {[2, 12, 22, 23, 37], to, [ours], works},
     {[33, 34, 37], alias, [ours], works}, {[33, 34, 37], alias, Refs ++ ThirdRefs ++ [ours_old, ours_unknown], ignored},
     {[33, 34, 37], alias, [ours5], closes},

     {Exits, from, Peer, ignored}, {Exits, from, NotPeer, closes},
     {Exits, to, NotUs ++ [ours_old], closes}, {Exits, to, Us, ignored},
     {Exits2, from, Peer, works}, {Exits2, from, Third ++ [ours_old], closes}, {Exits2, from, Us, crashes, closes, Itself},
     {Exits2, to, NotUs, closes}, {Exits2, to, [ours], works}, {Exits2, to, [ours_old, ours_unknown], ignored},
     {[37], exit_from, Peer, works}, {[37], exit_from, Third ++ [ours_old], works, closes, Itself},
     {[37], exit_from, Us, crashes, closes, Itself},
     {[37], exit_to, [ours], works}, {[37], exit_to, NotUs ++ [ours_old, ours_unknown], ignored},

     {[4], from, Peer, [{25, ignored}, {26, closes}], closes, "as OTP 26 and later"}, {[4], from, NotPeer, closes},
     {[4], to, NotUs ++ [ours_old], closes}, {[4], to, Us, [{25, ignored}, {26, closes}], closes, "as OTP 26 and later"},
     {[35], id, [zero], closes}, {[36], id, [zero], ignored},
     {[35, 36], from, Peer, ignored}, {[35, 36], from, NotPeer, closes},
     {[35, 36], to, NotUs ++ [ours_old], closes}, {[35, 36], to, Us, ignored},

     {[7], leader, Anybody, works}, {[7], to, [ours], works}, {[7], to, NotUs ++ [ours_old, ours_unknown], ignored},

     {[19], from, Peer, works}, {[20], from, Peer, ignored}, {[19, 20], from, NotPeer, closes},
     {[19, 20], to, NotUs, closes}, {[19, 20], to, [name, ours_old, ours_unknown], ignored},
     {[19], to, [ours], works}, {[20], to, [ours], ignored},
     {[19], ref, Refs, works}, {[20], ref, Refs, ignored},
     {[19], ref, ThirdRefs ++ Us ++ [ours_old], works, closes, Found},
     {[20], ref, [third, ours], works, closes, Found},
     {[20], ref, [third5, ours_unknown, ours_old], ignored, closes, Found},
     {[19, 20], ref, [ours5], [{25, closes}, {26, works}], closes, "references of ours have three words"},

     {Downs, from, [name | Peer], works, ignored, Itself}, {Downs, from, Third ++ [ours_old], works, closes, Itself},
     {Downs, from, Us, closes},
     {Downs, to, NotUs, closes}, {Downs, to, [ours], works, ignored, Itself}, {Downs, to, [ours_old, ours_unknown], ignored},
     {Downs, ref, [ours], works, ignored, Itself}, {Downs, ref, [ours_unknown], ignored},
     {Downs, ref, Refs ++ [third5, ours_old], ignored}, {Downs, ref, [third], crashes, ignored, Itself},
     {Downs, ref, [ours5], [{25, closes}, {26, works}], closes, "references of ours have three words"},

     {Spawns, ref, Refs, works}, {Spawns, ref, ThirdRefs ++ [ours_old], works, closes, Found},
     {Spawns, ref, Us ++ [ours5], closes},
     {Spawns, from, Peer, works}, {Spawns, from, Third ++ [ours_old], works, closes, Itself}, {Spawns, from, Us, closes},
     {Spawns, leader, Anybody, works}, {Spawns, arity, [minus_one], works},

     {Replies, ref, Refs ++ ThirdRefs, closes}, {Replies, ref, [ours], works, ignored, Asked},
     {Replies, ref, [ours_old, ours_unknown], ignored},
     {Replies, ref, [ours5], [{25, closes}, {26, works}], closes, "references of ours have three words"},
     {Replies, to, NotUs, closes}, {Replies, to, [ours], works, ignored, Asked}, {Replies, to, [ours_old, ours_unknown], ignored},
     {Replies, result, [name | Peer], works, ignored, Asked}, {Replies, result, Third ++ [ours_old], works, closes, Itself},
     {Replies, result, Us, closes}].

name(1) -> "LINK"; name(2) -> "SEND"; name(3) -> "EXIT"; name(4) -> "UNLINK"; name(6) -> "REG_SEND"; name(7) -> "GROUP_LEADER";
name(8) -> "EXIT2"; name(12) -> "SEND_TT"; name(13) -> "EXIT_TT"; name(16) -> "REG_SEND_TT"; name(18) -> "EXIT2_TT";
name(19) -> "MONITOR_P"; name(20) -> "DEMONITOR_P"; name(21) -> "MONITOR_P_EXIT"; name(22) -> "SEND_SENDER";
name(23) -> "SEND_SENDER_TT"; name(24) -> "PAYLOAD_EXIT"; name(25) -> "PAYLOAD_EXIT_TT"; name(26) -> "PAYLOAD_EXIT2";
name(27) -> "PAYLOAD_EXIT2_TT"; name(28) -> "PAYLOAD_MONITOR_P_EXIT"; name(29) -> "SPAWN_REQUEST";
name(30) -> "SPAWN_REQUEST_TT"; name(31) -> "SPAWN_REPLY"; name(32) -> "SPAWN_REPLY_TT"; name(33) -> "ALIAS_SEND";
name(34) -> "ALIAS_SEND_TT"; name(35) -> "UNLINK_ID"; name(36) -> "UNLINK_ID_ACK"; name(37) -> "ALTACT_SIG_SEND".

%% --- claims

target() -> list_to_atom(os:getenv("FORGED_TARGET")).
%% The release of the target, `ours` for our node, which understands what the newest release understands.
release() -> case os:getenv("FORGED_RELEASE") of "ours" -> ours; Release -> list_to_integer(Release) end.

main() ->
    Rows = [{Op, Field, Kind, Row} || Row <- table(), Op <- element(1, Row), Kind <- element(3, Row), Field <- [element(2, Row)]],
    [row(Op, Field, Kind, expected(Row)) || {Op, Field, Kind, Row} <- lists:sort(Rows), understood(Op), expected(Row) =/= crashes],
    claims:claim("every message has rows", fun() -> lists:usort([Op || {Op, _, _, _} <- Rows]) =:= messages() end).

messages() -> [1, 2, 3, 4, 6, 7, 8, 12, 13, 16] ++ lists:seq(18, 37).
understood(37) -> release() =:= ours orelse release() >= 28;
understood(_) -> true.

expected({_, _, _, Same}) -> of_release(Same);
expected({_, _, _, Otp, Here, _Why}) -> case release() of ours -> Here; _ -> of_release(Otp) end.
of_release(Outcome) when is_atom(Outcome) -> Outcome;
of_release(Outcomes) -> element(2, lists:last([Row || Row = {Since, _} <- Outcomes, release() >= Since])).

row(Op, Field, Kind, Expected) ->
    Text = io_lib:format("~s: ~s (~b), ~p of ~p: ~p", [os:getenv("FORGED_RELEASE"), name(Op), Op, Field, Kind, Expected]),
    claims:equal(lists:flatten(Text), Expected, fun() -> outcome(Op, Field, Kind) end).

%% --- what one forged message does

outcome(Op, Field, Kind) ->
    Third = rpc:call(third_node(), forged_victim, third, []),
    {Victim, Monitor, Alias} = rpc:call(target_node(), forged_victim, start, [Third]),
    Third ! {watch, Victim, self()},
    Watched = receive {watching, Reference} -> Reference end,
    Before = settled(Victim, Third),
    Awaits = Op =:= 31 orelse Op =:= 32,
    Request = case Awaits of true -> stop_third(), asks(Victim); false -> none end,
    World = #{op => Op, third => Third, victim => Victim, monitor => Monitor, alias => Alias, watched => Watched, request => Request},
    {Socket, Name} = handshake(),
    Forged = World#{peer => Name},
    {Control, Payload} = message(Op, forge(Field, Kind, Forged)),
    ok = gen_tcp:send(Socket, frame(Control, Payload)),
    Open = still_open(Socket, Name),
    After = state(Victim),
    gen_tcp:close(Socket),
    case Awaits of true -> continue_third(); false -> ok end,
    Outcome = case {Open, After =:= Before} of
                  {false, true} -> closes;
                  {true, true} -> ignored;
                  {true, false} -> works;
                  {false, false} -> {closes_and, Before, After}
              end,
    Hurt = Outcome =/= works andalso hurt(Victim, Third, Monitor, Request),
    exit(Victim, kill),
    exit(Third, kill),
    case Hurt of false -> Outcome; _ -> {Outcome, Hurt} end.

state(Victim) ->
    Items = [links, monitors, monitored_by, messages, group_leader],
    case rpc:call(target_node(), erlang, process_info, [Victim, Items]) of
        Info when is_list(Info) -> [{Item, sorted(Item, Value)} || {Item, Value} <- Info];
        undefined -> dead
    end.

sorted(Item, Value) when Item =:= messages; Item =:= group_leader -> Value;
sorted(_, Value) -> lists:sort(Value).

%% Waits until both ends know the link and both monitors, because signals between three nodes have no order.
settled(Victim, Third) ->
    State = state(Victim),
    There = rpc:call(third_node(), erlang, process_info, [Third, [links, monitored_by]]),
    Known = proplists:get_value(monitored_by, State) =:= [Third]
        andalso lists:member(Victim, proplists:get_value(links, There))
        andalso lists:member(Victim, proplists:get_value(monitored_by, There)),
    case Known of true -> State; false -> settled(Victim, Third) end.

%% Returns false if the link, the monitors and the spawn request with the third node still work; otherwise
%% what is wrong.
hurt(Victim, Third, Monitor, Request) ->
    exit(Third, bye),
    Wanted = fun(Messages) ->
                 lists:member({'EXIT', Third, bye}, Messages) andalso
                 lists:member({'DOWN', Monitor, process, Third, bye}, Messages) andalso
                 (Request =:= none orelse [] =/= [Pid || {spawn_reply, R, ok, Pid} <- Messages, R =:= Request,
                                                         node(Pid) =:= third_node()])
             end,
    hurt(Victim, Wanted, 200).
hurt(Victim, _, 0) -> state(Victim);
hurt(Victim, Wanted, Left) ->
    case state(Victim) of
        dead -> dead;
        State -> case Wanted(proplists:get_value(messages, State)) of
                     true -> false;
                     false -> timer:sleep(25), hurt(Victim, Wanted, Left - 1)
                 end
    end.

%% --- processes

target_node() -> claims:node_of(target()).
third_node() -> claims:node_of(third).
stop_third() -> os:cmd("kill -STOP $FORGED_THIRD_PID; until grep -q '^State:.T' /proc/$FORGED_THIRD_PID/status; do sleep 0.01; done").
continue_third() -> os:cmd("kill -CONT $FORGED_THIRD_PID").

asks(Victim) ->
    Victim ! {ask, third_node(), self()},
    receive {asked, Request} -> Request end.

%% --- the forger

handshake() ->
    [_, Host] = string:split(atom_to_list(node()), "@"),
    Name = list_to_binary(["forger", integer_to_list(erlang:unique_integer([positive])), "@", Host]),
    Socket = raw:connect(target()),
    raw:say_name(Socket, Name, (raw:flags() bor (1 bsl 37)) band bnot 1), % hidden, and it says ALTACT_SIG_SEND
    <<"ok">> = raw:status(Socket),
    raw:reply(Socket, atom_to_list(erlang:get_cookie()), raw:challenge(Socket)),
    <<_:16/binary>> = raw:acknowledged(Socket),
    ok = inet:setopts(Socket, [{packet, 4}]),
    {Socket, Name}.

frame(Control, none) -> <<131, 68, 0, (bytes(Control))/binary>>;
frame(Control, Payload) -> <<131, 68, 0, (bytes(Control))/binary, (bytes(Payload))/binary>>.

bytes({raw, Bytes}) -> Bytes;
bytes(Tuple) when is_tuple(Tuple) -> iolist_to_binary([104, tuple_size(Tuple) | [bytes(Element) || Element <- tuple_to_list(Tuple)]]);
bytes([_ | _] = List) -> iolist_to_binary([108, <<(length(List)):32>>, [bytes(Element) || Element <- List], 106]);
bytes(Term) -> <<131, Bytes/binary>> = term_to_binary(Term, [{minor_version, 2}]), Bytes.

%% Monitors an unregistered name. Its DOWN arrives after the effects of the forged message.
still_open(Socket, Name) ->
    Words = <<1:32, 987654321:32, 123456789:32>>,
    Monitor = {19, pid(Name, 77, 0, 4711), nobody_has_this_name, reference(Name, 4711, Words)},
    _ = gen_tcp:send(Socket, frame(Monitor, none)),
    answered(Socket, Words).

answered(Socket, Words) ->
    case gen_tcp:recv(Socket, 0, 20000) of
        {ok, Frame} -> binary:match(Frame, Words) =/= nomatch orelse answered(Socket, Words);
        {error, timeout} -> no_answer;
        {error, _} -> false
    end.

%% --- identifiers of any node, as bytes

pid(Name, Id, Serial, Creation) -> {raw, <<88, 119, (byte_size(Name)), Name/binary, Id:32, Serial:32, Creation:32>>}.
pid(Kind, #{peer := Name, third := Third, victim := Victim}) ->
    case Kind of
        peer -> pid(Name, 77, 0, 4711);
        peer_old -> pid(Name, 77, 0, 4710);
        peer_unknown -> pid(Name, 78, 0, 4711);
        third -> changed(Third, 0, 0);
        third_old -> changed(Third, 0, 1);
        ours -> changed(Victim, 0, 0);
        ours_old -> changed(Victim, 0, 1);
        ours_unknown -> changed(Victim, 1, 0);
        empty -> '';
        name -> some_name
    end.

changed(Pid, MoreSerial, OtherCreation) ->
    <<88, 119, Size, Name:Size/binary, Id:32, Serial:32, Creation:32>> = bytes(Pid),
    pid(Name, Id, Serial + MoreSerial, Creation bxor OtherCreation).

reference(Name, Creation, Words) ->
    {raw, <<90, (byte_size(Words) div 4):16, 119, (byte_size(Name)), Name/binary, Creation:32, Words/binary>>}.

%% Own is the reference of the target that an honest message has; third is the reference of the third node's
%% monitor.
forged_reference(Kind, Own, #{peer := Name, watched := Watched}) ->
    {Of, Creation, Words} = parts(Own),
    {Third, ThirdCreation, ThirdWords} = parts(Watched),
    <<First:64, Last:32, _/binary>> = Words,
    Five = fun(<<Three:12/binary, _/binary>>) -> <<Three/binary, 6:32, 7:32>> end,
    case Kind of
        peer -> reference(Name, 4711, <<3:32, 4:32, 5:32>>);
        peer_old -> reference(Name, 4710, <<3:32, 4:32, 5:32>>);
        peer5 -> reference(Name, 4711, Five(<<3:32, 4:32, 5:32>>));
        third -> reference(Third, ThirdCreation, ThirdWords);
        third5 -> reference(Third, ThirdCreation, Five(ThirdWords));
        ours -> reference(Of, Creation, Words);
        ours_old -> reference(Of, Creation bxor 1, Words);
        ours_unknown -> reference(Of, Creation, <<First:64, (Last bxor 64):32>>);
        ours5 -> reference(Of, Creation, Five(Words))
    end.

parts(Reference) ->
    <<90, _:16, 119, Size, Name:Size/binary, Creation:32, Words/binary>> = bytes(Reference),
    {Name, Creation, Words}.

%% --- messages

%% The fields as an honest peer sends them, except for the forged one.
forge(Field, Kind, World) ->
    #{op := Op, monitor := Monitor, alias := Alias, request := Request} = World,
    Own = if Op =:= 31; Op =:= 32 -> Request; Op >= 33 -> Alias; true -> Monitor end,
    Asked = lists:member(Op, [21, 28, 31, 32]),
    Honest = #{from => pid(peer, World), to => pid(ours, World), leader => pid(peer, World), result => pid(peer, World), id => 5,
               ref => forged_reference(case Asked of true -> ours; false -> peer end, Own, World), alias => forged_reference(ours, Own, World),
               cookie => '', arity => 2, victim => pid(ours, World), forged => Field},
    Value = case Kind of
                zero -> 0;
                minus_one -> -1;
                _ when Field =:= ref; Field =:= alias -> forged_reference(Kind, Own, World);
                _ -> pid(Kind, World)
            end,
    %% A message in the name of the third node, with the reference that the third node uses.
    Watched = case {Op, Field, Kind} of {20, from, third} -> #{ref => forged_reference(third, Own, World)}; _ -> #{} end,
    maps:merge(Honest#{Field => Value}, Watched).

message(1, #{from := F, to := T}) -> {{1, F, T}, none};
message(2, #{cookie := C, to := T}) -> {{2, C, T}, hello};
message(3, #{from := F, to := T}) -> {{3, F, T, forged}, none};
message(4, #{from := F, to := T}) -> {{4, F, T}, none};
message(6, #{from := F}) -> {{6, F, '', victim}, hello};
message(7, #{leader := L, to := T}) -> {{7, L, T}, none};
message(8, #{from := F, to := T}) -> {{8, F, T, forged}, none};
message(12, #{cookie := C, to := T}) -> {{12, C, T, []}, hello};
message(13, #{from := F, to := T}) -> {{13, F, T, [], forged}, none};
message(16, #{from := F}) -> {{16, F, '', victim, []}, hello};
message(18, #{from := F, to := T}) -> {{18, F, T, [], forged}, none};
message(19, #{from := F, to := T, ref := R}) -> {{19, F, T, R}, none};
message(20, #{from := F, to := T, ref := R}) -> {{20, F, T, R}, none};
message(21, #{from := F, to := T, ref := R}) -> {{21, F, T, R, forged}, none};
message(22, #{from := F, to := T}) -> {{22, F, T}, hello};
message(23, #{from := F, to := T}) -> {{23, F, T, []}, hello};
message(24, #{from := F, to := T}) -> {{24, F, T}, forged};
message(25, #{from := F, to := T}) -> {{25, F, T, []}, forged};
message(26, #{from := F, to := T}) -> {{26, F, T}, forged};
message(27, #{from := F, to := T}) -> {{27, F, T, []}, forged};
message(28, #{from := F, to := T, ref := R}) -> {{28, F, T, R}, forged};
message(29, #{ref := R, from := F, leader := L, arity := A, victim := V}) ->
    {{29, R, F, L, {erlang, send, A}, [link, monitor]}, [V, hello]};
message(30, #{ref := R, from := F, leader := L, arity := A, victim := V}) ->
    {{30, R, F, L, {erlang, send, A}, [link, monitor], []}, [V, hello]};
message(31, #{ref := R, to := T, result := P}) -> {{31, R, T, 3, P}, none};
message(32, #{ref := R, to := T, result := P}) -> {{32, R, T, 3, P, []}, none};
message(33, #{from := F, alias := A}) -> {{33, F, A}, hello};
message(34, #{from := F, alias := A}) -> {{34, F, A, []}, hello};
message(35, #{id := I, from := F, to := T}) -> {{35, I, F, T}, none};
message(36, #{id := I, from := F, to := T}) -> {{36, I, F, T}, none};
message(37, #{forged := exit_from, exit_from := F, to := T}) -> {{37, 16, F, T}, forged};
message(37, #{forged := exit_to, from := F, exit_to := T}) -> {{37, 16, F, T}, forged};
message(37, #{forged := alias, from := F, alias := A}) -> {{37, 4, F, A}, hello};
message(37, #{from := F, to := T}) -> {{37, 0, F, T}, hello}.
