%% Every native function of the node, with the arguments for which one call works long. Nobody lists these arguments: the search
%% calls each function with all kinds of arguments, at every position, and goes on with the calls that take longest.
-module(pauses_natives).
-export([left_out/0, where/1, prepare/2, name/1, plan/3]).

-define(first, 4000).        % size of arguments in the search
-define(most, 8192000).      % and of the largest arguments (times --size)
-define(worth, 2000000).     % ns of the longest call of a function that has rows
-define(long, 50000000).     % ns of a call that is long enough to show a pause (times --size)
-define(part, 300000).       % ns at most of one of many calls
-define(many, 100).          % ms of many calls
-define(search, 1000).       % ms for one function
-define(all, 4000).          % calls up to which all are tried
-define(stuck, 3000).        % ms until a call of the search is given up
-define(deaths, 5).          % calls that end or hold their process, until the search of a function ends
-define(growth, 20000).      % ms until a long call is given up
-define(returned, 2).        % calls of one function that are measured: those that return
-define(once, 1).            % those whose first call takes long, and no other
-define(failed, 1).          % and those that raise an error
-define(noticed, 1500).      % ns of a call of the search that may become long with larger arguments
-define(noticed_once, 20000). % the same if only the first call is long
-define(noticed_failure, 5000). % the same if it fails: to raise an error takes time too

%% They end the node, or wait for a message.
left_out() -> [{erlang, halt}, {erlang, '$halt'}, {erlang, hibernate}].

%% A row: {Module, Function, Kinds of arguments, Size, once | many}.
where(_) -> target.

name({Module, Function, Kinds, Size, How}) ->
    lists:flatten(io_lib:format("~s:~s(~s) ~s~s", [Module, Function, lists:join(", ", [atom_to_list(Kind) || Kind <- Kinds]),
                                    size_text(Size), case How of once -> ""; many -> " many" end])).

size_text(Size) when Size >= 1000000 -> io_lib:format("~.1fM", [Size / 1000000]);
size_text(Size) -> io_lib:format("~wk", [Size div 1000]).

prepare({Module, Function, [], Size, once}, _) ->
    [put(N, N) || N <- lists:seq(1, Size)],
    fun() -> apply(Module, Function, []) end;
prepare({Module, Function, Kinds, Size, once}, _) ->
    Arguments = [make(Kind, Size) || Kind <- Kinds],
    fun() -> apply(Module, Function, Arguments) end;
prepare({Module, Function, Kinds, Size, many}, _) ->
    Arguments = [make(Kind, Size) || Kind <- Kinds],
    fun() -> many(Module, Function, Arguments, erlang:monotonic_time(millisecond) + ?many) end.

many(Module, Function, Arguments, Until) ->
    try apply(Module, Function, Arguments) catch _:_ -> failed end,
    case erlang:monotonic_time(millisecond) < Until of
        true -> many(Module, Function, Arguments, Until);
        false -> ok
    end.

%% --- arguments

kinds() ->
    [nil, one, ten, count, float, big_integer, atom, utf8, latin1, little, line, compressed, global, any,
     match_specification, pattern, integers, reversed, letters, digits, wide_letters, lists, atoms, pairs, binaries, shared_blocks, deep_list, deep_tuple,
     empty_binary, short_binary, absent_binary, short_binaries, binary, zeros, text, digits_binary, bits, headers,
     external, external_compressed, map, small_map, tuple, record, set, ordered_set, same_key, function, pid, own_pid,
     atomics, reference, regular_expression, module, module_file].

make(nil, _) -> [];
make(one, _) -> 1;
make(ten, _) -> 10;
make(count, Size) -> Size;
make(float, Size) -> Size + 0.5;
make(big_integer, Size) -> 1 bsl (8 * min(Size, 500000));
make(atom, _) -> a;
make(utf8, _) -> utf8;
make(latin1, _) -> latin1;
make(little, _) -> little;
make(line, _) -> line;
make(compressed, _) -> [compressed];
make(global, _) -> [global];
make(any, _) -> '_';
make(match_specification, _) -> [{{'$1', '$2'}, [{'>', '$2', 0}], ['$_']}];
make(pattern, _) -> {'$1', '_'};
make(integers, Size) -> lists:seq(1, Size);
make(reversed, Size) -> lists:seq(Size, 1, -1);
make(letters, Size) -> lists:duplicate(Size, $a);
make(digits, Size) -> lists:duplicate(Size, $1);
make(wide_letters, Size) -> lists:duplicate(Size, 16#4e2d);
make(lists, Size) -> lists:duplicate(Size, [1, 2, 3]);
make(atoms, Size) -> lists:duplicate(Size, a);
make(pairs, Size) -> [{N, N} || N <- lists:seq(1, Size)];
make(binaries, Size) -> lists:duplicate(Size, <<"0123456789abcdef">>);
make(shared_blocks, Size) -> lists:duplicate(Size, binary:copy(<<"0123456789abcdef">>, 64));
make(deep_list, Size) -> deep(Size, [], fun(Term) -> [Term] end);
make(deep_tuple, Size) -> deep(Size, {}, fun(Term) -> {Term} end);
make(empty_binary, _) -> <<>>;
make(short_binary, _) -> <<"f0">>; % in binary
make(absent_binary, _) -> <<"ff">>;
make(short_binaries, _) -> [<<"ff">>, <<"f0">>];
make(binary, Size) -> binary:copy(<<"0123456789abcdef">>, Size);
make(zeros, Size) -> binary:copy(<<0>>, 16 * Size);
make(text, Size) -> binary:copy(<<"zw", 246/utf8, "lf">>, Size);
make(digits_binary, Size) -> binary:copy(<<"1">>, Size);
make(bits, Size) -> <<5:3, (make(binary, Size))/binary>>;
make(external, Size) -> term_to_binary(lists:seq(1, Size));
make(external_compressed, Size) -> term_to_binary(lists:duplicate(Size, "abcdefgh"), [compressed]);
make(headers, Size) -> binary:copy(<<"a: bcdefghi\r\n">>, Size);
make(map, Size) -> maps:from_list(make(pairs, Size));
make(small_map, _) -> #{1 => a, b => 2};
make(tuple, Size) -> list_to_tuple(lists:seq(1, Size));
make(record, Size) -> list_to_tuple([a | lists:seq(1, Size)]);
make(set, Size) -> table(set, Size);
make(ordered_set, Size) -> table(ordered_set, Size);
make(same_key, Size) ->
    Table = ets:new(pauses, [duplicate_bag, public]),
    [ets:insert(Table, {1, N}) || N <- lists:seq(1, Size)],
    Table;
make(function, Size) -> Held = lists:seq(1, Size), fun(Any) -> {Any, Held} end;
make(pid, Size) ->
    Pid = spawn(fun() -> receive {never, Reference} when is_reference(Reference) -> ok end end),
    [Pid ! N || N <- lists:seq(1, Size)],
    Pid;
make(own_pid, _) -> self();
make(atomics, Size) -> atomics:new(Size, []);
make(reference, _) -> make_ref();
make(regular_expression, _) -> <<"(1+1+)+x">>;
make(module, _) -> pauses_large;
make(module_file, _) -> persistent_term:get(pauses_large).

deep(0, Term, _) -> Term;
deep(Depth, Term, Around) -> deep(Depth - 1, Around(Term), Around).

table(Type, Size) ->
    Table = ets:new(pauses, [Type, public]),
    [ets:insert(Table, {N, N}) || N <- lists:seq(1, Size)],
    Table.

%% --- the search

%% For {Module, Function, Arity}, on the node that is measured: Driver gets {self(), Rows}; [] if no call was long.
plan(Driver, Native, #{size := Factor}) ->
    Found = ets:new(found, [public]),
    search(Native, Found, atomics:new(1, []), erlang:monotonic_time(millisecond) + ?search, ?deaths),
    Calls = lists:reverse(lists:sort([Call || {Call} <- ets:tab2list(Found)])),
    Chosen = lists:append([choose([Call || {_, Its, _} = Call <- Calls, Its =:= How], Most, [])
                           || {How, Most} <- [{returned, ?returned}, {once, ?once}, {failed, ?failed}]]),
    Rows = lists:append([rows(Native, Kinds, Factor) || Kinds <- lists:usort(Chosen)]),
    %% Whether many calls of one function are preempted does not depend on what is long in it.
    {Once, Many} = lists:partition(fun({_, _, _, _, How}) -> How =:= once end, Rows),
    Driver ! {self(), Once ++ lists:sublist(Many, 1)}.

%% Calls in processes that may end: At is the number of the last call that has begun.
search({_, _, 0}, Found, _, _, _) -> ets:insert(Found, {{0, returned, []}});
search(_, _, _, _, 0) -> gave_up;
search(Native, Found, At, Until, Deaths) ->
    {Pid, Monitor} = spawn_monitor(fun() -> try_calls(Native, Found, At, Until) end),
    case watched(Pid, Monitor, At, atomics:get(At, 1)) of
        normal -> done;
        _ -> search(Native, Found, At, Until, Deaths - 1)
    end.

watched(Pid, Monitor, At, Before) ->
    receive {'DOWN', Monitor, process, _, Reason} -> Reason
    after ?stuck ->
        case atomics:get(At, 1) of
            Before -> exit(Pid, kill);
            _ -> more
        end,
        watched(Pid, Monitor, At, atomics:get(At, 1))
    end.

try_calls({Module, Function, Arity}, Found, At, Until) ->
    Kinds = list_to_tuple(kinds()),
    Made = list_to_tuple([list_to_tuple([make(Kind, ?first) || Kind <- kinds()]) || _ <- lists:seq(1, Arity)]),
    Try = fun(Numbers) -> try_call(Module, Function, Made, Kinds, Numbers, Found) end,
    Count = tuple_size(Kinds),
    try_next(Try, Count, Arity, pow(Count, Arity), At, Until).

try_next(Try, Kinds, Arity, Calls, At, Until) ->
    Call = atomics:add_get(At, 1, 1),
    case Call > Calls orelse erlang:monotonic_time(millisecond) > Until of
        true -> done;
        false -> Try(numbers(Call - 1, Arity, Kinds, Calls)), try_next(Try, Kinds, Arity, Calls, At, Until)
    end.

%% All of them one after the other or, if they are many, any.
numbers(_, 0, _, _) -> [];
numbers(Call, Arity, Kinds, Calls) when Calls > ?all ->
    [erlang:phash2({Call, Position}, Kinds) + 1 || Position <- lists:seq(1, Arity)];
numbers(Call, Arity, Kinds, Calls) -> [Call rem Kinds + 1 | numbers(Call div Kinds, Arity - 1, Kinds, Calls)].

pow(_, 0) -> 1;
pow(Base, Exponent) -> Base * pow(Base, Exponent - 1).

%% A collection may come into a call; so the shortest of three counts.
try_call(Module, Function, Made, Kinds, Numbers, Found) ->
    Arguments = picked(Numbers, Made, 1),
    case time(Module, Function, Arguments) of
        {returned, Short} when Short < ?noticed -> ok;
        {failed, Short} when Short < ?noticed_failure -> ok;
        {How, Once} ->
            Least = lists:min([Once | [element(2, time(Module, Function, Arguments)) || _ <- [second, third]]]),
            Call = [element(Number, Kinds) || Number <- Numbers],
            Least >= ?noticed andalso ets:insert(Found, {{Least, How, Call}}),
            %% A call that uses up its argument, such as ets:delete/1. Whether it was a collection shows later.
            Once >= 10 * Least andalso Once >= ?noticed_once andalso ets:insert(Found, {{Once, once, Call}})
    end.

picked([], _, _) -> [];
picked([Number | Numbers], Made, Position) -> [element(Number, element(Position, Made)) | picked(Numbers, Made, Position + 1)].

%% {Whether it returned, nanoseconds}: to refuse an argument can be long work too.
time(Module, Function, Arguments) ->
    Begin = erlang:monotonic_time(nanosecond),
    How = try apply(Module, Function, Arguments) of _ -> returned catch _:_ -> failed end,
    {How, erlang:monotonic_time(nanosecond) - Begin}.

%% The longest call, and the longest that differ from all before at every position: at most Count.
choose(_, Count, Chosen) when length(Chosen) =:= Count -> lists:reverse(Chosen);
choose([], _, Chosen) -> lists:reverse(Chosen);
choose([{_, _, Kinds} | Rest], Count, Chosen) ->
    case lists:all(fun(Other) -> differ(Kinds, Other) end, Chosen) of
        true -> choose(Rest, Count, [Kinds | Chosen]);
        false -> choose(Rest, Count, Chosen)
    end.

differ([], []) -> true;
differ([Same | _], [Same | _]) -> false;
differ([_ | Rest], [_ | Others]) -> differ(Rest, Others).

%% Larger arguments until one call is long, or nothing grows.
rows({Module, Function, _}, Kinds, Factor) ->
    Most = round(?most * Factor),
    Times = grow(Module, Function, Kinds, ?first, Most, round(?long * Factor), []),
    case Times of
        [{Size, Time} | _] when Time >= ?worth ->
            Parts = [Part || {Part, Of} <- Times, Of =< ?part] ++ [?first],
            [{Module, Function, Kinds, Size, once}] ++ [{Module, Function, Kinds, hd(Parts), many} || Kinds =/= []];
        _ -> []
    end.

called(Action) ->
    Begin = erlang:monotonic_time(nanosecond),
    try Action() catch _:_ -> failed end,
    erlang:monotonic_time(nanosecond) - Begin.

%% [{Size, Nanoseconds}], the largest first.
grow(_, _, _, Size, Most, _, Times) when Size > Most -> Times;
grow(Module, Function, Kinds, Size, Most, Long, Times) ->
    Self = self(),
    {Pid, Monitor} = spawn_monitor(fun() ->
        Action = prepare({Module, Function, Kinds, Size, once}, #{}),
        Time = case called(Action) of
            Enough when Enough >= Long, Enough < 10 * Long -> min(Enough, called(Action)); % others may have had the processor
            Once -> Once
        end,
        Self ! {self(), Time}
    end),
    Time = receive
        {Pid, Took} -> Took;
        {'DOWN', Monitor, process, _, Why} -> Why
    after ?growth -> exit(Pid, kill), too_long
    end,
    demonitor(Monitor, [flush]),
    receive {Pid, _} -> ok after 0 -> ok end,
    case Time of
        too_long -> [{Size, ?growth * 1000000} | Times];
        _ when not is_integer(Time) -> Times;
        _ when Time >= Long -> [{Size, Time} | Times];
        _ ->
            Grown = [{Size, Time} | Times],
            case Grown of
                [{_, Now}, _, {_, Before} | _] when Now < 2 * Before, Now < ?worth -> Grown;
                _ -> grow(Module, Function, Kinds, Size * 4, Most, Long, Grown)
            end
    end.
