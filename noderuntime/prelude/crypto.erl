%% Hashes, message authentication codes, ciphers for one key, and random bytes, over natives of functions/crypto.cpp. What
%% needs keys in pairs (sign, verify, generate_key, …) and engines do not exist here.
-module(crypto).
-export([start/0, stop/0, info/0, info_lib/0, info_fips/0, enable_fips_mode/1, supports/0, supports/1,
         hash/2, hash_init/1, hash_update/2, hash_final/1, hash_info/1, hash_equals/2,
         mac/3, mac/4, macN/4, macN/5, mac_init/2, mac_init/3, mac_update/2, mac_final/1, mac_finalN/2,
         cipher_info/1, crypto_init/3, crypto_init/4, crypto_update/2, crypto_final/1, crypto_get_data/1,
         crypto_one_time/4, crypto_one_time/5, crypto_one_time_aead/6, crypto_one_time_aead/7,
         pbkdf2_hmac/5, exor/2, bytes_to_integer/1, mod_pow/3, rand_uniform/2,
         rand_seed/0, rand_seed_s/0, rand_seed_alg/1, rand_seed_alg_s/1,
         rand_plugin_next/1, rand_plugin_uniform/1, rand_plugin_uniform/2]).

%% As on OTP: {Kind, Place, Text}.
-spec wrong(atom(), string()) -> no_return().
wrong(Kind, Text) -> error({Kind, {"crypto.erl", 0}, Text}).

start() -> application:start(crypto).
stop() -> application:stop(crypto).

info_lib() ->
    {Number, Text} = crypto:'$version'(),
    [{<<"OpenSSL">>, Number, Text}].
info() ->
    {_, Text} = crypto:'$version'(),
    #{compile_type => normal, link_type => dynamic, cryptolib_version_linked => binary_to_list(Text), fips_provider_available => false}.
info_fips() -> not_supported.
enable_fips_mode(Enable) when is_boolean(Enable) -> not Enable.

supports() -> [{Kind, supports(Kind)} || Kind <- [hashs, ciphers, public_keys, macs, curves, rsa_opts]].
supports(hashs) -> [Type || {Type, Name} <- digests(), crypto:'$digest'(Name) =/= false];
supports(ciphers) ->
    [Cipher || {Cipher, Name} <- ciphers(), crypto:'$cipher'(Name) =/= false] ++ [list_to_atom("aes_" ++ Mode) || Mode <- aliases()];
supports(macs) -> [cmac, hmac, poly1305];
supports(Kind) when Kind =:= public_keys; Kind =:= curves; Kind =:= rsa_opts -> [].

%% --- the library's names

digests() ->
    [{md4, <<"MD4">>}, {md5, <<"MD5">>}, {ripemd160, <<"RIPEMD160">>}, {sha, <<"SHA1">>}, {sha224, <<"SHA224">>},
     {sha256, <<"SHA256">>}, {sha384, <<"SHA384">>}, {sha512, <<"SHA512">>}, {sha3_224, <<"SHA3-224">>},
     {sha3_256, <<"SHA3-256">>}, {sha3_384, <<"SHA3-384">>}, {sha3_512, <<"SHA3-512">>}, {blake2b, <<"BLAKE2B-512">>},
     {blake2s, <<"BLAKE2S-256">>}].

digest(Type, Text) ->
    case [Name || {Known, Name} <- digests(), Known =:= Type] of
        [Name] -> Name;
        [] -> wrong(badarg, Text)
    end.
unsupported() -> wrong(notsup, "Unsupported digest type").

ciphers() ->
    [{aes_128_ofb, <<"AES-128-OFB">>}, {aes_128_cbc, <<"AES-128-CBC">>}, {aes_128_ccm, <<"AES-128-CCM">>},
     {aes_128_cfb128, <<"AES-128-CFB">>}, {aes_128_cfb8, <<"AES-128-CFB8">>}, {aes_128_ctr, <<"AES-128-CTR">>},
     {aes_128_ecb, <<"AES-128-ECB">>}, {aes_128_gcm, <<"AES-128-GCM">>}, {aes_192_ofb, <<"AES-192-OFB">>},
     {aes_192_cbc, <<"AES-192-CBC">>}, {aes_192_ccm, <<"AES-192-CCM">>}, {aes_192_cfb128, <<"AES-192-CFB">>},
     {aes_192_cfb8, <<"AES-192-CFB8">>}, {aes_192_ctr, <<"AES-192-CTR">>}, {aes_192_ecb, <<"AES-192-ECB">>},
     {aes_192_gcm, <<"AES-192-GCM">>}, {aes_256_ofb, <<"AES-256-OFB">>}, {aes_256_cbc, <<"AES-256-CBC">>},
     {aes_256_ccm, <<"AES-256-CCM">>}, {aes_256_cfb128, <<"AES-256-CFB">>}, {aes_256_cfb8, <<"AES-256-CFB8">>},
     {aes_256_ctr, <<"AES-256-CTR">>}, {aes_256_ecb, <<"AES-256-ECB">>}, {aes_256_gcm, <<"AES-256-GCM">>},
     {chacha20, <<"ChaCha20">>}, {chacha20_poly1305, <<"ChaCha20-Poly1305">>}, {des_ede3_cbc, <<"DES-EDE3-CBC">>},
     {des_ede3_cfb, <<"DES-EDE3-CFB">>}, {des_cbc, <<"DES-CBC">>}, {des_cfb, <<"DES-CFB">>},
     {des_ecb, <<"DES-ECB">>}, {blowfish_cbc, <<"BF-CBC">>}, {blowfish_cfb64, <<"BF-CFB">>},
     {blowfish_ofb64, <<"BF-OFB">>}, {blowfish_ecb, <<"BF-ECB">>}, {rc2_cbc, <<"RC2-CBC">>}, {rc4, <<"RC4">>}].

%% {Name, its facts} of a cipher, or false. aes_cbc and its kin mean the cipher that the key fits.
cipher(Cipher, Key) when is_atom(Cipher) ->
    case lists:keyfind(Cipher, 1, ciphers()) of
        {_, Name} -> facts(Name);
        false -> alias(atom_to_list(Cipher), Key)
    end;
cipher(_, _) -> false.

facts(Name) ->
    case crypto:'$cipher'(Name) of
        false -> wrong(notsup, "The cipher is not supported in this libcrypto version");
        Facts -> {Name, Facts}
    end.

alias("aes_" ++ Mode, Key) ->
    Bits = integer_to_list(case Key of any -> 128; _ -> 8 * byte_size(Key) end),
    Found = [Name || lists:member(Mode, aliases()), {Cipher, Name} <- ciphers(), atom_to_list(Cipher) =:= "aes_" ++ Bits ++ "_" ++ Mode],
    case Found of
        [Name] -> facts(Name);
        [] -> false
    end;
alias(_, _) -> false.

aliases() -> ["cbc", "ccm", "cfb128", "cfb8", "ctr", "ecb", "gcm"].

bytes(Data, Text) ->
    try iolist_to_binary(Data) catch error:badarg -> wrong(badarg, Text) end.

%% --- digests

hash(Type, Data) -> hash_final(updated(hash_init(Type), Data)).

hash_init(Type) ->
    case crypto:'$hash_init'(digest(Type, "Bad digest type")) of
        false -> unsupported();
        State -> State
    end.
hash_update(State, Data) -> updated(State, Data).
hash_final(State) ->
    case crypto:'$hash_final'(State) of
        state -> wrong(badarg, "Bad state");
        Digest -> Digest
    end.

updated(State, Data) ->
    case crypto:'$hash_update'(State, Data) of
        state -> wrong(badarg, "Bad state");
        data -> error(badarg);
        New -> New
    end.

hash_info(Type) ->
    case [Facts || {Known, Name} <- digests(), Known =:= Type, Facts <- [crypto:'$digest'(Name)], Facts =/= false] of
        [{Number, Size, Block}] -> #{type => Number, size => Size, block_size => Block};
        [] -> error(badarg)
    end.

hash_equals(A, B) when is_binary(A), is_binary(B), byte_size(A) =:= byte_size(B) -> crypto:'$same'(A, B);
hash_equals(A, B) -> error(badarg, [A, B]).

%% --- message authentication codes

mac(poly1305, Key, Data) -> mac(poly1305, undefined, Key, Data).
mac(Type, Part, Key, Data) -> mac_final(mac_given(mac_init(Type, Part, Key), Data)).

macN(poly1305, Key, Data, Length) -> macN(poly1305, undefined, Key, Data, Length).
macN(Type, Part, Key, Data, Length) -> front(mac(Type, Part, Key, Data), Length).

front(Mac, Length) when is_integer(Length), Length >= 0, Length =< byte_size(Mac) -> binary:part(Mac, 0, Length);
front(_, _) -> error(badarg).

mac_init(poly1305, Key) -> mac_init(poly1305, undefined, Key).
mac_init(Type, Part, Key) ->
    Bytes = iolist_to_binary(Key),
    {Kind, Name, Text} = case Type of
        hmac -> {<<"HMAC">>, digest(Part, "Bad digest algorithm for HMAC"), "Bad key"};
        cmac ->
            case cipher(Part, Bytes) of
                {Cipher, {_, Length, _, _, _, _}} when Length =:= byte_size(Bytes) -> {<<"CMAC">>, Cipher, "Unknown cipher"};
                {_, _} -> wrong(badarg, "Bad key size");
                false -> wrong(badarg, "Unknown cipher")
            end;
        poly1305 when byte_size(Bytes) =:= 32 -> {<<"POLY1305">>, <<>>, "Bad key"};
        poly1305 -> wrong(badarg, "Bad key length");
        _ -> wrong(badarg, "Unknown mac algorithm")
    end,
    case crypto:'$mac_init'(Kind, Name, Bytes) of
        false when Type =:= hmac -> unsupported();
        false -> wrong(badarg, Text);
        State -> State
    end.

mac_update(State, Data) -> mac_given(State, Data).
mac_given(State, Data) ->
    _ = bytes(Data, "Bad text"),
    case crypto:'$mac_update'(State, Data) of
        ok -> State;
        state -> wrong(badarg, "Bad ref")
    end.
mac_final(State) ->
    case crypto:'$mac_final'(State) of
        state -> wrong(badarg, "Bad ref");
        Mac -> Mac
    end.
mac_finalN(State, Length) -> front(mac_final(State), Length).

%% --- ciphers

cipher_info(Cipher) ->
    case cipher(Cipher, any) of
        {_, {Type, Key, Iv, Block, Mode, Aead}} ->
            #{type => Type, key_length => Key, iv_length => Iv, block_size => Block, mode => Mode, prop_aead => Aead};
        false -> error(badarg)
    end.

crypto_one_time(Cipher, Key, Data, Options) -> one_time(Cipher, Key, <<>>, Data, Options).
crypto_one_time(Cipher, Key, Iv, Data, Options) -> one_time(Cipher, Key, Iv, Data, Options).

one_time(Cipher, Key, Iv, Data, Options) ->
    State = begun(Cipher, Key, Iv, Options),
    Front = given(State, Data, "expected binary as data"),
    case crypto_final(State) of
        <<>> -> Front;
        Last -> <<Front/binary, Last/binary>>
    end.

crypto_init(Cipher, Key, Options) -> begun(Cipher, Key, <<>>, Options).
crypto_init(Cipher, Key, Iv, Options) -> begun(Cipher, Key, Iv, Options).

begun(Cipher, Key, Iv, Options) ->
    is_atom(Cipher) orelse wrong(badarg, "Cipher id is not an atom"),
    {Encrypts, Padding} = options(Options),
    KeyBytes = bytes(Key, "Bad key"),
    {Name, {_, KeyLength, IvLength, _, _, Aead}} = case cipher(Cipher, KeyBytes) of
        false -> wrong(badarg, "Unknown cipher");
        Found -> Found
    end,
    Aead andalso wrong(badarg, "Missing arguments for this cipher"),
    byte_size(KeyBytes) =:= KeyLength orelse wrong(badarg, "Bad key size"),
    IvBytes = case IvLength of
        0 -> <<>>;
        _ -> bytes(Iv, "Bad iv type")
    end,
    byte_size(IvBytes) =:= IvLength orelse wrong(badarg, "Bad iv size"),
    case crypto:'$cipher_init'(Name, KeyBytes, IvBytes, Encrypts, Padding) of
        false -> wrong(error, "Can't initialize");
        State -> State
    end.

options(Encrypts) when is_boolean(Encrypts) -> {Encrypts, undefined};
options(Options) -> options(Options, {true, undefined}).
options([], Read) -> Read;
options([{encrypt, undefined} | Options], Read) -> options(Options, Read);
options([{encrypt, Encrypts} | Options], {_, Padding}) when is_boolean(Encrypts) -> options(Options, {Encrypts, Padding});
options([{encrypt, _} | _], _) -> wrong(badarg, "The 'encrypt' option must be a boolean!");
options([{padding, Padding} | Options], {Encrypts, _}) when Padding =:= undefined; Padding =:= none; Padding =:= pkcs_padding;
                                                            Padding =:= zero; Padding =:= random ->
    options(Options, {Encrypts, Padding});
options([{padding, _} | _], _) -> wrong(badarg, "Bad 'padding' option value");
options([{Tag, _} | _], _) when is_atom(Tag) -> wrong(badarg, "Bad tag in option: " ++ atom_to_list(Tag));
options([{_, _} | _], _) -> wrong(badarg, "Bad tag in option!");
options(_, _) -> wrong(badarg, "Options are not a boolean or a proper list").

crypto_update(State, Data) -> given(State, Data, "expected binary").

given(State, Data, Text) ->
    case crypto:'$cipher_update'(State, Data) of
        state -> wrong(badarg, "Bad State");
        data -> wrong(badarg, Text);
        failed -> wrong(error, "Can't update");
        Bytes -> Bytes
    end.

crypto_final(State) ->
    case crypto:'$cipher_final'(State) of
        state -> wrong(badarg, "Bad State");
        unfilled -> wrong(error, "Padding 'none' but unfilled last block");
        failed -> wrong(error, "Can't finalize");
        Bytes -> Bytes
    end.

crypto_get_data(State) ->
    case crypto:'$cipher_data'(State) of
        state -> wrong(badarg, "Bad State");
        {Size, PaddingSize, Padding, Encrypts} -> #{size => Size, padding_size => PaddingSize, padding_type => Padding, encrypt => Encrypts}
    end.

crypto_one_time_aead(Cipher, Key, Iv, Text, Associated, Encrypts) ->
    Length = case cipher(Cipher, try iolist_to_binary(Key) catch error:badarg -> any end) of
        {_, {_, _, _, _, ccm_mode, true}} -> 12;
        {_, {_, _, _, _, _, true}} -> 16;
        _ -> error({badarg, "Not an AEAD cipher"})
    end,
    crypto_one_time_aead(Cipher, Key, Iv, Text, Associated, Length, Encrypts).

crypto_one_time_aead(Cipher, Key, Iv, Text, Associated, Tag, Encrypts) when is_boolean(Encrypts) ->
    is_atom(Cipher) orelse wrong(badarg, "non-atom cipher type"),
    KeyBytes = bytes(Key, "non-binary key"),
    IvBytes = bytes(Iv, "non-binary iv"),
    TextBytes = bytes(Text, "non-binary text"),
    AssociatedBytes = bytes(Associated, "non-binary AAD"),
    TagOrSize = case Encrypts of
        true when is_integer(Tag), Tag >= 0, Tag =< 16#7FFFFFFF -> Tag;
        true -> wrong(badarg, "Bad Tag length");
        false -> bytes(Tag, "non-binary Tag")
    end,
    Name = case cipher(Cipher, KeyBytes) of
        {Found, {_, Length, _, _, _, true}} when Length =:= byte_size(KeyBytes) -> Found;
        {_, {_, _, _, _, _, false}} -> wrong(badarg, "Not aead cipher");
        _ -> wrong(badarg, "Unknown cipher or invalid key size")
    end,
    case crypto:'$aead'(Name, KeyBytes, IvBytes, TextBytes, AssociatedBytes, TagOrSize, Encrypts) of
        key -> wrong(error, "Can't initialize key or iv");
        iv -> wrong(badarg, "Bad IV length");
        tag -> wrong(error, "Can't get Tag");
        failed when Encrypts -> wrong(error, "Can't finalize");
        failed -> error;
        Result -> Result
    end;
crypto_one_time_aead(_, _, _, _, _, _, _) -> wrong(badarg, "Bad enc flag").

pbkdf2_hmac(Digest, Password, Salt, Iterations, Size) ->
    Name = digest(Digest, "Bad digest type"),
    crypto:'$digest'(Name) =/= false orelse unsupported(),
    is_binary(Password) andalso is_binary(Salt) orelse wrong(badarg, "Not binary"),
    [begin
         is_integer(Number) andalso Number =< 16#7FFFFFFF orelse wrong(badarg, "Not integer"),
         Number > 0 orelse wrong(badarg, "Must be > 0")
     end || Number <- [Iterations, Size]],
    case crypto:'$derive'(Name, Password, Salt, Iterations, Size) of
        false -> wrong(error, "Low-level call failed");
        Key -> Key
    end.

%% --- numbers

exor(A, B) ->
    Left = iolist_to_binary(A),
    Right = iolist_to_binary(B),
    byte_size(Left) =:= byte_size(Right) orelse error(badarg, [A, B]),
    iolist_to_binary(exor_pieces(Left, Right)).
exor_pieces(<<A:8192, As/binary>>, <<B:8192, Bs/binary>>) -> [<<(A bxor B):8192>> | exor_pieces(As, Bs)];
exor_pieces(A, B) ->
    Bits = bit_size(A),
    <<X:Bits>> = A,
    <<Y:Bits>> = B,
    [<<(X bxor Y):Bits>>].

bytes_to_integer(Bytes) -> binary:decode_unsigned(Bytes).

number(Number) when is_integer(Number) -> Number;
number(Bytes) when is_binary(Bytes) -> binary:decode_unsigned(Bytes).

mod_pow(Base, Exponent, Modulus) ->
    case power(number(Base), number(Exponent), number(Modulus), 1) of
        0 -> <<>>;
        Result -> binary:encode_unsigned(Result)
    end.
power(_, 0, Modulus, Result) -> Result rem Modulus;
power(Base, Exponent, Modulus, Result) when Exponent band 1 =:= 1 ->
    power(Base * Base rem Modulus, Exponent bsr 1, Modulus, Result * Base rem Modulus);
power(Base, Exponent, Modulus, Result) -> power(Base * Base rem Modulus, Exponent bsr 1, Modulus, Result).

rand_uniform(From, To) when is_binary(From), is_binary(To) ->
    binary:encode_unsigned(rand_uniform(number(From), number(To)));
rand_uniform(From, To) when is_integer(From), is_integer(To) ->
    From < To orelse error(badarg, [From, To]),
    From + below(To - From).

%% A random number from 0 to Range - 1, each as likely as the others.
below(Range) ->
    Size = byte_size(binary:encode_unsigned(Range)) + 8,
    Whole = 1 bsl (8 * Size),
    case binary:decode_unsigned(crypto:strong_rand_bytes(Size)) of
        Number when Number < Whole - Whole rem Range -> Number rem Range;
        _ -> below(Range)
    end.

%% A generator for module rand.
rand_seed() -> rand:seed(rand_seed_s()).
rand_seed_s() -> rand_seed_alg_s(crypto).
rand_seed_alg(Name) -> rand:seed(rand_seed_alg_s(Name)).
rand_seed_alg_s(crypto) ->
    {#{type => crypto, bits => 64, next => fun ?MODULE:rand_plugin_next/1, uniform => fun ?MODULE:rand_plugin_uniform/1,
       uniform_n => fun ?MODULE:rand_plugin_uniform/2}, no_seed}.

rand_plugin_next(Seed) -> {binary:decode_unsigned(crypto:strong_rand_bytes(8)), Seed}.
rand_plugin_uniform(State) ->
    <<_:11, Number:53>> = crypto:strong_rand_bytes(8),
    {Number * math:pow(2, -53), State}.
rand_plugin_uniform(Max, State) -> {below(Max) + 1, State}.
