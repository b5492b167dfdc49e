[_, host] = node() |> Atom.to_string() |> String.split("@")
counter = {:counter, :"counter@#{host}"}
vectors = :"vectors@#{host}"

claim = fn text, expected, actual ->
  if expected === actual do
    IO.puts("ok    #{text}")
  else
    IO.puts("FALSE #{text}\n      expected #{inspect(expected)}\n      got      #{inspect(actual)}")
    System.halt(1)
  end
end

claim.("GenServer.call", {:ok, 3}, GenServer.call(counter, {:add, 3}))
GenServer.cast(counter, :reset)
claim.("GenServer.cast", 0, GenServer.call(counter, :value))
claim.("GenServer.call that crashes it exits", {:native_exception, "asked to crash"},
  try do
    GenServer.call(counter, :crash)
  catch
    :exit, {reason, _} -> reason
  end)
claim.(":erpc.call of a function", 11.0, :erpc.call(vectors, :vectors, :dot, [[1, 2], [3, 4]]))
claim.("its error is an ErlangError", {:different_lengths, 1, 0},
  try do
    :erpc.call(vectors, :vectors, :dot, [[1], []])
  rescue
    e in ErlangError -> elem(e.original, 1)
  end)
{typed, _} = Code.eval_string("fn -> Enum.map([1, 2], &:vectors.dot([&1], [&1])) end")
claim.("a fun typed into Elixir that calls it", [1.0, 4.0], :erpc.call(vectors, typed))
