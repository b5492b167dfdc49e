%% What compilers of OTP 28 and 29 make of their language: see README.md.
-module(later).
-export([bad_generator/1, context/1, filtered/2, maps/2, strict/1, zipped/2, zipped_binaries/2, zipped_calls/2]).

zipped(A, B) -> [{X, Y} || X <- A && Y <- B].

zipped_binaries(A, B) -> << <<(X + Y)>> || X <- A && <<Y>> <= B >>.

zipped_calls(A, B) -> << <<(plus(X, Y)):16>> || X <- A && Y <- B >>.

filtered(A, B) -> << <<X:4>> || X <- A && Y <- B, X < Y >>.

maps(Keys, Values) -> #{Key => Value || Key <- Keys && Value <- Values}.

strict(List) -> << <<X>> || {X, _} <:- List >>.

bad_generator(Binary) -> << <<X>> || <<1, X>> <:= Binary >>.

%% The size of the generator's pattern is no number: the match context of Binary is only asked whether it is a bitstring.
context(<<_>>) -> one;
context(Binary) ->
    try << <<0>> || <<_:ok>> <= Binary >>
    after ok
    end.

plus(X, Y) -> X + Y.
