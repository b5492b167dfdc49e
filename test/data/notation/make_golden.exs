# Writes elixir.tsv: what Elixir inspects for the terms of terms.txt and of ../term/printed.tsv, on one line,
# with lists and binaries as such, and pretty on lines of 80. Made with Debian's Elixir 1.14:
# `elixir make_golden.exs`, in this folder. Charlists are ~c"abc", as later releases have them; structs whose
# modules are not there are printed as if they were.
defmodule Golden do
  def main do
    lines = File.read!("terms.txt") |> String.split("\n", trim: true) |> Enum.map(&typed/1)
    printed = File.read!("../term/printed.tsv") |> String.split("\n", trim: true) |> Enum.map(&encoded/1)
    File.write!("elixir.tsv", Enum.map(lines ++ printed, &row/1))
  end

  defp typed(line) do
    {:ok, tokens, _} = :erl_scan.string(to_charlist(line <> "."))
    {:ok, [form]} = :erl_parse.parse_exprs(tokens)
    {:value, term, _} = :erl_eval.expr(form, [])
    {line, term}
  end

  defp encoded(line) do
    hex = line |> String.split("\t") |> hd()
    {hex, :erlang.binary_to_term(Base.decode16!(hex, case: :lower))}
  end

  defp row({name, term}) do
    common = [limit: :infinity, printable_limit: :infinity, inspect_fun: &inspected/2]
    plain = inspect(term, common ++ [width: :infinity])
    as_data = inspect(term, common ++ [width: :infinity, charlists: :as_lists, binaries: :as_binaries])
    pretty = inspect(term, common ++ [pretty: true, width: 80])
    [name |> escape(), "\t", Enum.map_intersperse([plain, as_data, pretty], "\t", &escape/1), "\n"]
  end

  defp inspected(term, opts) do
    cond do
      is_list(term) and term != [] and opts.charlists == :infer and List.ascii_printable?(term) ->
        "~c" <> Inspect.inspect(List.to_string(term), opts)
      is_map(term) and match?("Elixir." <> _, struct_name(term)) ->
        pairs = term |> Map.delete(:__struct__) |> Map.to_list()
        Inspect.Algebra.container_doc("%#{inspect(term.__struct__)}{", pairs, "}", opts, pair(pairs), separator: ",", break: :strict)
      is_map(term) and is_map_key(term, :__struct__) -> Inspect.Map.inspect(term, opts)
      true -> Inspect.inspect(term, opts)
    end
  end

  defp struct_name(%{__struct__: name}) when is_atom(name), do: Atom.to_string(name)
  defp struct_name(_), do: nil

  defp pair(pairs) do
    if Inspect.List.keyword?(pairs),
      do: &Inspect.List.keyword/2,
      else: fn {k, v}, opts ->
        Inspect.Algebra.concat([Inspect.Algebra.to_doc(k, opts), " => ", Inspect.Algebra.to_doc(v, opts)])
      end
  end

  defp escape(text), do: text |> String.replace("\\", "\\\\") |> String.replace("\n", "\\n") |> String.replace("\t", "\\t")
end

Golden.main()
