%% The other functions of erts_debug are native.
-module(erts_debug).
-export([alloc_blocks_size/1]).

%% The bytes in blocks of an allocator; undefined: it has none.
alloc_blocks_size(Type) ->
    All = erlang:system_info({allocator_sizes, erlang:system_info(alloc_util_allocators)}),
    Sizes = [Size || {_, Instances} <- All, {instance, _, Carriers} <- Instances, {_, Facts} <- Carriers,
                     {blocks, Blocks} <- Facts, {Of, Amounts} <- Blocks, Of =:= Type, {size, Size, _, _} <- Amounts],
    case Sizes of
        [] -> undefined;
        _ -> lists:sum(Sizes)
    end.
