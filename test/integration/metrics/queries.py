"""queries.py URL DASHBOARD: asks a Prometheus about what it scrapes, its rules, and every query of a dashboard."""
import json
import sys
import time
import urllib.parse
import urllib.request

URL, DASHBOARD = sys.argv[1:]

# The queries of beam-dashboards' BEAM.json for prometheus.erl, but for two metrics of its own process collector.
PUBLIC = """
erlang_vm_ets_limit erlang_vm_ets_tables erlang_vm_dets_tables erlang_vm_process_limit erlang_vm_process_count
erlang_vm_statistics_run_queues_length_total
irate(erlang_vm_statistics_context_switches[5m]) irate(erlang_vm_statistics_reductions_total[5m])
irate(erlang_vm_statistics_runtime_milliseconds[5m])
irate(erlang_vm_statistics_bytes_output_total[5m]) irate(erlang_vm_statistics_bytes_received_total[5m])
irate(erlang_vm_statistics_garbage_collection_number_of_gcs[5m])
irate(erlang_vm_statistics_garbage_collection_bytes_reclaimed[5m])
erlang_vm_memory_bytes_total{kind="processes"} erlang_vm_memory_system_bytes_total{usage="atom"}
erlang_vm_memory_system_bytes_total{usage="binary"} erlang_vm_memory_system_bytes_total{usage="code"}
erlang_vm_memory_system_bytes_total{usage="ets"} erlang_vm_memory_processes_bytes_total
erlang_vm_dist_node_state erlang_vm_dist_node_queue_size_bytes erlang_vm_dist_recv_bytes erlang_vm_dist_send_bytes
irate(erlang_vm_dist_port_input_bytes[5m]) irate(erlang_vm_dist_port_output_bytes[5m]) erlang_vm_dist_port_queue_size_bytes
""".split()


def ask(path, **parameters):
    with urllib.request.urlopen(f"{URL}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=10) as answer:
        return json.load(answer)["data"]


def until(text, condition):
    for _ in range(300):
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit(f"this did not come true: {text}")


def query(text):
    return ask("query", query=text)["result"]


def targets_are_up():
    targets = ask("targets")["activeTargets"]
    return len(targets) == 2 and all(target["health"] == "up" for target in targets)


def rules_are_fine():
    rules = [rule for group in ask("rules")["groups"] for rule in group["rules"]]
    for rule in rules:
        if rule["health"] == "err":
            sys.exit(f"{rule['name']}: {rule.get('lastError')}")
    return rules and all(rule["health"] == "ok" for rule in rules)


def expressions():
    for panel in json.load(open(DASHBOARD))["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            for variable, stands_for in {"$job": ".*", "$instance": ".*", "$__rate_interval": "1m"}.items():
                expression = expression.replace(variable, stands_for)
            yield panel["title"], expression


until("both targets are up", targets_are_up)
until("a rate needs two scrapes", lambda: all(len(query(f"{name}[1m]")[0]["values"]) > 3 for name in ("noderuntime_ready", "epmd_names")))
until("all rules have been evaluated", rules_are_fine)
silent = [f"{title}: {text}" for title, text in expressions() if not query(text)]
silent += [f"a public dashboard: {text}" for text in PUBLIC if not query(text)]
formats = {series["metric"]["instance"] for series in query("scrape_samples_scraped > 0")}
if len(formats) != 2:
    silent.append("scrape_samples_scraped")
if silent:
    sys.exit("no series for\n" + "\n".join(silent))
rules = sum(len(group["rules"]) for group in ask("rules")["groups"])
durations = {series["metric"]["job"]: series["value"][1] for series in query("max_over_time(scrape_duration_seconds[1m])")}
print(f"{rules} rules, {len(list(expressions()))} queries of the dashboard, {len(PUBLIC)} of a public one; longest scrapes in seconds: {durations}")
