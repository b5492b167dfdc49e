# calls.exs NODE DIRECTORY CALLS: evaluates the lines of CALLS on NODE and prints what they give, without the name of its
# DIRECTORY.
[node, directory, calls] = System.argv()
node = String.to_atom(node)
true = Node.connect(node)

for call <- File.read!(calls) |> String.split("\n", trim: true), not String.starts_with?(call, "#") do
  text = "try do (#{call}) rescue x -> {:raised, x.__struct__, Exception.message(x)} catch kind, value -> {kind, value} end"
  {value, _} = :erpc.call(node, Code, :eval_string, [text], 60_000)
  IO.puts("#{call}  =>  #{inspect(value) |> String.replace(directory, "DIRECTORY")}")
end
