%% What compilers of OTP 28 and 29 make of their language: see README.md.
-module(later).
-export([append/1, bad_generator/1, bits/1, context/1, filtered/2, long/1, maps/2, nested/3, record/0, strict/1, tail/1, zipped/2, zipped_binaries/2, zipped_calls/2]).

zipped(A, B) -> [{X, Y} || X <- A && Y <- B].

zipped_binaries(A, B) -> << <<(X + Y)>> || X <- A && <<Y>> <= B >>.

zipped_calls(A, B) -> << <<(plus(X, Y)):16>> || X <- A && Y <- B >>.

filtered(A, B) -> << <<X:4>> || X <- A && Y <- B, X < Y >>.

%% What the inner generator appends is appended to the binary that the outer one has.
nested(A, B, C) -> << <<(X + Y + Z)>> || X <- A && Y <- B, Z <- C >>.

long(Last) ->
    List = lists:seq(1, Last),
    Binary = << <<X:24, Z>> || X <- List && X <- List, Z <- "ab" >>,
    {byte_size(Binary), binary:part(Binary, byte_size(Binary), -8)}.

bits(List) -> << <<X:1>> || X <- List && _ <- List >>.

%% The last four of Size + 4 bits.
tail(Size) ->
    <<_:Size, Tail/bits>> = ?MODULE:append(<<0:Size, 1:1>>),
    Tail.

append(Bits) -> <<Bits/bits, 5:3>>.

maps(Keys, Values) -> #{Key => Value || Key <- Keys && Value <- Values}.

strict(List) -> << <<X>> || {X, _} <:- List >>.

bad_generator(Binary) -> << <<X>> || <<1, X>> <:= Binary >>.

%% The size of the generator's pattern is no number: the match context of Binary is only asked whether it is a bitstring.
context(<<_>>) -> one;
context(Binary) ->
    try << <<0>> || <<_:ok>> <= Binary >>
    after ok
    end.

-record #pair{first, second}.
record() -> #pair{first = 1, second = 2}.

plus(X, Y) -> X + Y.
