%% A module with a function of each kind, which the tests damage.
-module(small).
-export([run/1]).

run(N) ->
    F = fun(X) -> X + N end,
    M = #{n => N, list => [F(1), F(2)]},
    self() ! {message, M},
    try
        receive {message, #{n := K, list := [A | _]}} when is_integer(K) -> {K, A, parse(<<K:16, "rest">>)}
        after 10 -> late
        end
    catch
        error:Reason -> {failed, Reason}
    end.

parse(<<Size:16, Rest/binary>>) -> {Size / 2, byte_size(Rest), [Rest | atom_to_list(?MODULE)]}.
