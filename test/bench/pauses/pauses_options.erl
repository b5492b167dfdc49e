%% The options of the command line.
-module(pauses_options).
-export([parse/1]).

parse(Words) ->
    parse(Words, #{rows => "", size => 1.0, rounds => 3, limit => 30000, memory => 4096, heap => 320,
                   targets => [ours, otp_one, otp_all], strict => false, growth => false}).

parse([], Options) -> Options;
parse(["--rows", Pattern | Rest], Options) -> parse(Rest, Options#{rows := Pattern});
parse(["--size", Factor | Rest], Options) -> parse(Rest, Options#{size := number(Factor)});
parse(["--rounds", Count | Rest], Options) -> parse(Rest, Options#{rounds := list_to_integer(Count)});
parse(["--limit", Seconds | Rest], Options) -> parse(Rest, Options#{limit := 1000 * list_to_integer(Seconds)});
parse(["--max-memory", Megabytes | Rest], Options) -> parse(Rest, Options#{memory := list_to_integer(Megabytes)});
parse(["--heap", Megabytes | Rest], Options) -> parse(Rest, Options#{heap := list_to_integer(Megabytes)});
parse(["--targets", Names | Rest], Options) ->
    parse(Rest, Options#{targets := [target(Name) || Name <- string:lexemes(Names, ",")]});
parse(["--growth" | Rest], Options) -> parse(Rest, Options#{growth := true, targets := [ours, otp_one]});
parse(["--strict" | Rest], Options) -> parse(Rest, Options#{strict := true});
parse(Words, _) ->
    Words =:= ["--help"] orelse io:format("not an option: ~s~n", [hd(Words)]),
    io:put_chars(
        "--rows PATTERN       only rows whose names match this regular expression\n"
        "--size FACTOR        of all that is long (1; 0.1 takes minutes)\n"
        "--rounds N           the shortest of N longest waits counts (3)\n"
        "--targets LIST       of ours,otp_one,otp_all (all)\n"
        "--limit SECONDS      of one action (30)\n"
        "--max-memory MB      resident memory of a node, at which it is ended (4096); our node has half of it as --max-memory\n"
        "--heap MB            live terms in the rows of large heaps (320)\n"
        "--growth             the times of native functions at 10 and 100 times the size instead, beside OTP with one scheduler\n"
        "--strict             the exit status is 1 if there is a finding\n"),
    halt(case Words of ["--help"] -> 0; _ -> 64 end).

number(Text) ->
    try list_to_float(Text) catch error:badarg -> float(list_to_integer(Text)) end.

target("ours") -> ours;
target("otp_one") -> otp_one;
target("otp_all") -> otp_all.
