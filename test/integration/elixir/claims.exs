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

down = fn reference -> receive do {:DOWN, ^reference, :process, _, reason} -> reason after 5000 -> :nothing end end
waiting = typed.("fn -> receive do {:ends, reason} -> exit(reason) end end")

term = %{name: "åäö", list: [1, 2.5, nil], range: 1..3, date: ~D[2024-02-29], tuple: {:ok, self()}, set: MapSet.new([1, 2])}
send({:echo, theirs}, {self(), term})
Claims.equal("send by name: structs and ranges come back as they went", term, receive do message -> message after 5000 -> :nothing end)

Process.flag(:trap_exit, true)
pid = Node.spawn_link(theirs, waiting)
send(pid, {:ends, {:shutdown, :over}})
Claims.equal("a link: the exit is told", {:shutdown, :over}, receive do {:EXIT, ^pid, reason} -> reason after 5000 -> :nothing end)
pid = Node.spawn(theirs, waiting)
reference = Process.monitor(pid)
send(pid, {:ends, :over})
Claims.equal("a monitor by pid", :over, down.(reference))
Claims.equal("a monitor of a name that nobody has", :noproc, down.(Process.monitor({:nobody, theirs})))
pid = Node.spawn(theirs, waiting)
reference = Process.monitor(pid)
Process.exit(pid, :because)
Claims.equal("Process.exit", :because, down.(reference))
pid = Node.spawn(theirs, waiting)
reference = Process.monitor(pid)
Process.exit(pid, :kill)
Claims.equal("Process.exit with kill", :killed, down.(reference))

Claims.equal("a raise there: DOWN has the exception", %ArgumentError{message: "wrong"},
  (fn -> pid = Node.spawn(theirs, typed.("fn -> receive do :go -> raise ArgumentError, \"wrong\" end end")); reference = Process.monitor(pid); send(pid, :go); elem(down.(reference), 0) end).())

Claims.equal("Agent on our node, used from here", {1, :ok, 2},
  (fn ->
    {:ok, agent} = :erpc.call(theirs, Agent, :start, [typed.("fn -> 1 end")])
    first = Agent.get(agent, typed.("fn x -> x end"))
    {first, Agent.update(agent, typed.("fn x -> x + 1 end")), Agent.get(agent, typed.("fn x -> x end"))}
  end).())

# Calls from there.
here = node()
Claims.equal("rpc from there", here, :erpc.call(theirs, :erpc, :call, [here, :erlang, :node, []]))
Claims.equal("Node.ping from there", :pong, :erpc.call(theirs, Node, :ping, [here]))
{:ok, counter} = Agent.start(typed.("fn -> 41 end"), name: :counter)
Claims.equal("GenServer.call from there, by name", 42,
  :erpc.call(theirs, GenServer, :call, [{:counter, here}, {:get, {:erlang, :+, [1]}}]))
Claims.equal("send by name from there", {:hello, theirs},
  (fn -> Process.register(self(), :me); :erpc.call(theirs, :erlang, :send, [{:me, here}, {:hello, theirs}]); receive do message -> message after 5000 -> :nothing end end).())
Claims.equal("a process there links to one here, and dies with it", :gone,
  (fn ->
    pid = Node.spawn(theirs, typed.("fn -> receive do {:link, other, from} -> Process.link(other); send(from, :linked); Process.sleep(:infinity) end end"))
    reference = Process.monitor(pid)
    victim = spawn(typed.("fn -> receive do :die -> exit(:gone) end end"))
    send(pid, {:link, victim, self()})
    receive do :linked -> send(victim, :die) after 5000 -> :nothing end
    down.(reference)
  end).())
Claims.equal("a process there monitors one here", :stopped,
  (fn ->
    pid = Node.spawn(theirs, typed.("fn -> receive do {:watch, other, from} -> r = Process.monitor(other); send(from, :watches); receive do {:DOWN, ^r, _, _, reason} -> send(from, {:seen, reason}) end end end"))
    send(pid, {:watch, counter, self()})
    receive do :watches -> Agent.stop(counter, :stopped) after 5000 -> :nothing end
    receive do {:seen, reason} -> reason after 5000 -> :nothing end
  end).())

{:ok, device} = StringIO.open("")
Claims.equal("IO.puts there comes to the group leader here", "printed 3\n",
  (fn ->
    {_, reference} = Process.group_leader() |> then(fn leader ->
      Process.group_leader(self(), device)
      pid = Node.spawn(theirs, typed.("fn -> IO.puts(\"printed \#{1 + 2}\") end"))
      reference = Process.monitor(pid)
      Process.group_leader(self(), leader)
      {pid, reference}
    end)
    :normal = down.(reference)
    elem(StringIO.contents(device), 1)
  end).())

Claims.equal("a name by :global, seen from there", true,
  (fn -> :ok = :global.sync(); :yes = :global.register_name(:shared, self()); :erpc.call(theirs, :global, :whereis_name, [:shared]) == self() end).())
Claims.equal("Node.disconnect: nodedown", {true, {:nodedown, theirs}},
  (fn -> Node.monitor(theirs, true); gone = Node.disconnect(theirs); {gone, receive do message -> message after 5000 -> :nothing end} end).())
