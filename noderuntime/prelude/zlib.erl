%% The functions of OTP's zlib. A stream is a reference of its own (functions/zlib.cpp).
-module(zlib).
-export([deflateInit/1, deflateInit/2, deflateInit/6, deflate/2, deflate/3, deflateEnd/1, deflateReset/1, deflateParams/3,
         inflateInit/1, inflateInit/2, inflateInit/3, inflate/2, inflate/3, inflateChunk/1, inflateChunk/2, safeInflate/2,
         inflateEnd/1, inflateReset/1, compress/1, uncompress/1, zip/1, unzip/1, gzip/1,
         gunzip/1, crc32/2, crc32/3, adler32/2, adler32/3, crc32_combine/4, adler32_combine/4]).

-compile({nowarn_deprecated_function, [{zlib, getBufSize, 1}]}).

-define(OUTPUT, 65536).  % bytes that one call of the native part makes
-define(CHUNK, 4000).    % bytes that safeInflate returns at a time, as on OTP

deflateInit(Z) -> deflateInit(Z, default).
deflateInit(Z, Level) -> deflateInit(Z, Level, deflated, 15, 8, default).
deflateInit(Z, Level, deflated, WindowBits, MemoryLevel, Strategy) ->
    zlib:'$deflate'(Z, level(Level), deflate_window(WindowBits), memory(MemoryLevel), strategy(Strategy));
deflateInit(Z, Level, Method, WindowBits, MemoryLevel, Strategy) ->
    error(bad_compression_method, [Z, Level, Method, WindowBits, MemoryLevel, Strategy]).

level(none) -> 0;
level(default) -> -1;
level(best_speed) -> 1;
level(best_compression) -> 9;
level(Level) when is_integer(Level), Level >= 0, Level =< 9 -> Level;
level(_) -> error(bad_compression_level).

strategy(default) -> 0;
strategy(filtered) -> 1;
strategy(huffman_only) -> 2;
strategy(rle) -> 3;
strategy(_) -> error(bad_compression_strategy).

memory(Level) when is_integer(Level), Level >= 1, Level =< 9 -> Level;
memory(_) -> error(bad_memlevel).

%% Below 0: without header and sum; 16 more: those of gzip.
deflate_window(Bits) when is_integer(Bits), abs(Bits) >= 8, abs(Bits) =< 15; is_integer(Bits), Bits >= 24, Bits =< 31 ->
    Bits;
deflate_window(_) -> error(bad_windowbits).

window(Bits) when is_integer(Bits), Bits >= -15, Bits =< -8; is_integer(Bits), Bits >= 8, Bits =< 47 -> Bits;
window(_) -> error(bad_windowbits).

flush(none) -> 0;
flush(sync) -> 2;
flush(full) -> 3;
flush(finish) -> 4;
flush(_) -> error(bad_flush_mode).

deflate(Z, Data) -> deflate(Z, Data, none).
deflate(Z, Data, Flush) ->
    Mode = flush(Flush),
    ok = zlib:'$feed'(Z, deflate, Data),
    deflate_on(Z, Mode, []).

deflate_on(Z, Mode, Done) ->
    case zlib:'$run_deflate'(Z, Mode, ?OUTPUT) of
        {more, Output} -> deflate_on(Z, Mode, [Output | Done]);
        {_, Output} -> pieces([Output | Done])
    end.

pieces(Reversed) -> [Piece || Piece <- lists:reverse(Reversed), Piece =/= <<>>].

deflateEnd(Z) -> zlib:'$end'(Z, deflate).
deflateReset(Z) -> zlib:'$reset'(Z, deflate).
deflateParams(Z, Level, Strategy) -> zlib:'$params'(Z, level(Level), strategy(Strategy)).

inflateInit(Z) -> inflateInit(Z, 15).
inflateInit(Z, WindowBits) -> inflateInit(Z, WindowBits, cut).
inflateInit(Z, WindowBits, Behind) -> zlib:'$inflate'(Z, window(WindowBits), behind(Behind)).

behind(error) -> 0;
behind(reset) -> 1;
behind(cut) -> 2;
behind(_) -> error(bad_eos_behavior).

inflate(Z, Data) -> inflate(Z, Data, []).
inflate(Z, Data, Options) ->
    Raises = proplists:get_value(exception_on_need_dict, Options, true),
    is_boolean(Raises) orelse error(badarg),
    ok = zlib:'$feed'(Z, inflate, Data),
    case inflate_on(Z, []) of
        {need_dictionary, Sum, _} when Raises -> error({need_dictionary, Sum});
        Result -> Result
    end.

inflate_on(Z, Done) ->
    case zlib:'$run_inflate'(Z, ?OUTPUT) of
        {more, Output} -> inflate_on(Z, [Output | Done]);
        {need_dictionary, Sum, Output} -> {need_dictionary, Sum, pieces([Output | Done])};
        {_, Output} -> pieces([Output | Done])
    end.

inflateChunk(Z, Data) ->
    ok = zlib:'$feed'(Z, inflate, Data),
    inflateChunk(Z).
inflateChunk(Z) ->
    case zlib:'$run_inflate'(Z, zlib:getBufSize(Z)) of
        {more, Output} -> {more, pieces([Output])};
        {need_dictionary, Sum, _} -> error({need_dictionary, Sum});
        {_, Output} -> pieces([Output])
    end.

safeInflate(Z, Data) ->
    ok = zlib:'$feed'(Z, inflate, Data),
    case zlib:'$run_inflate'(Z, ?CHUNK) of
        {need_dictionary, Sum, Output} -> {need_dictionary, Sum, pieces([Output])};
        {more, Output} -> {continue, pieces([Output])};
        {_, Output} -> {finished, pieces([Output])}
    end.

inflateEnd(Z) -> zlib:'$end'(Z, inflate).
inflateReset(Z) -> zlib:'$reset'(Z, inflate).

compress(Data) -> with(Data, fun(Z) -> deflateInit(Z), deflate(Z, Data, finish) end, deflate).
zip(Data) -> with(Data, fun(Z) -> deflateInit(Z, default, deflated, -15, 8, default), deflate(Z, Data, finish) end, deflate).
gzip(Data) -> with(Data, fun(Z) -> deflateInit(Z, default, deflated, 31, 8, default), deflate(Z, Data, finish) end, deflate).
uncompress(Data) -> expand(Data, 15, cut).
unzip(Data) -> expand(Data, -15, cut).
gunzip(Data) -> expand(Data, 31, reset).

expand(Data, WindowBits, Behind) ->
    with(Data, fun(Z) -> inflateInit(Z, WindowBits, Behind), inflate(Z, Data) end, inflate).

%% Everything in one stream, as one binary.
with(Data, Run, Work) ->
    is_list(Data) orelse is_binary(Data) orelse error(badarg, [Data]),
    Z = zlib:open(),
    try
        Result = Run(Z),
        ok = zlib:'$end'(Z, Work),
        iolist_to_binary(Result)
    after
        zlib:close(Z)
    end.

%% Sums of data need no stream, but OTP asks for one.
crc32(Z, Data) -> of_stream(Z, crc32, [Data]).
crc32(Z, Sum, Data) -> of_stream(Z, crc32, [Sum, Data]).
crc32_combine(Z, First, Second, Size) -> of_stream(Z, crc32_combine, [First, Second, Size]).
adler32(Z, Data) -> of_stream(Z, adler32, [Data]).
adler32(Z, Sum, Data) -> of_stream(Z, adler32, [Sum, Data]).
adler32_combine(Z, First, Second, Size) -> of_stream(Z, adler32_combine, [First, Second, Size]).

of_stream(Z, Function, Arguments) when is_reference(Z) -> apply(erlang, Function, Arguments);
of_stream(_, _, _) -> error(badarg).
