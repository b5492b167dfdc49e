%% Decodes and encodes the same terms with OTP: codec:main(Files). Prints the name, and the nanoseconds of
%% binary_to_term and of term_to_binary.
-module(codec).
-export([main/1]).

main(Files) ->
    [begin
         {ok, Bytes} = file:read_file(File),
         Term = binary_to_term(Bytes),
         io:format("~s ~w ~w~n", [filename:basename(File),
                                  in_process(fun(N) -> decode(Bytes, N) end),
                                  in_process(fun(N) -> encode(Term, N) end)])
     end || File <- Files],
    halt().

decode(_, 0) -> ok;
decode(Bytes, N) -> false = binary_to_term(Bytes) =:= [], decode(Bytes, N - 1).

encode(_, 0) -> ok;
encode(Term, N) -> true = is_binary(term_to_binary(Term)), encode(Term, N - 1).

%% The best of some rounds of about 2 ms, each in a process of its own.
in_process(Work) ->
    Once = max(1, round_of(Work, 3) div 3),
    Calls = 2000000 div Once + 1,
    lists:min([round_of(Work, Calls) || _ <- lists:seq(1, 70)]) div Calls.

round_of(Work, Calls) ->
    Self = self(),
    spawn_link(fun() ->
                       Start = erlang:monotonic_time(nanosecond),
                       Work(Calls),
                       Self ! {took, erlang:monotonic_time(nanosecond) - Start}
               end),
    receive {took, Time} -> Time end.
