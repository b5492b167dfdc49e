defmodule Claims do
  def equal(text, expected, actual) do
    if expected === actual do
      IO.puts("ok    " <> text)
    else
      IO.puts("FALSE #{text}\n      expected #{inspect(expected)}\n      got      #{inspect(actual)}")
      System.halt(1)
    end
  end
end

[_, host] = String.split(Atom.to_string(node()), "@")
theirs = String.to_atom("repl2@" <> host)

# What iex evaluates, and not code of this script: such funs are erl_eval's, as those that a user types.
typed = fn text -> elem(Code.eval_string(text), 0) end

Claims.equal("Node.ping", :pong, Node.ping(theirs))
Claims.equal("Node.list", [theirs], Node.list())
Claims.equal("Enum.sum", 6, :rpc.call(theirs, Enum, :sum, [[1, 2, 3]]))
Claims.equal("String.upcase", "ÅÄÖ", :rpc.call(theirs, String, :upcase, ["åäö"]))
Claims.equal("Map.get", 1, :rpc.call(theirs, Map, :get, [%{a: 1}, :a]))
Claims.equal("a fun with Enum and a capture", [1, 4, 9], :erpc.call(theirs, typed.("fn -> Enum.map(1..3, &(&1 * &1)) end")))
Claims.equal("an exception and its rescue", "boom",
  :erpc.call(theirs, typed.("fn -> try do raise \"boom\" rescue e -> Exception.message(e) end end")))

me = self()
pid = Node.spawn_link(theirs, typed.("fn -> receive do {:ask, from} -> send(from, {:answer, node()}) end end"))
send(pid, {:ask, me})
Claims.equal("Node.spawn_link of a fun that receives", {:answer, theirs}, receive do message -> message after 5000 -> :nothing end)
