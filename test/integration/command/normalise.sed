# What varies from run to run; the host is HOST already, the node that the case is about NODE.
s/^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.]+Z? /WHEN /
s/[0-9]+(\.[0-9]+)? (ms|s)\b/TIME \2/g
s/OTP [0-9]+/OTP RELEASE/g
s/<[0-9]+\.[0-9]+\.[0-9]+>/<PID>/g
s/<[^<>@ ]+@[^<> ]+\.[0-9]+\.[0-9]+>/<PID>/g
s/#Ref<[^>]*>/#Ref<REFERENCE>/g
s/\b(port|at|@HOST) [0-9]{4,5}\b/\1 PORT/g
s/"port":[0-9]+/"port":PORT/g
s/([0-9]+\.){3}[0-9]+:[0-9]+/ADDRESS:PORT/g
s/\b127\.[0-9.]+[0-9]\b/ADDRESS/g
s/\b[0-9A-Z]{10,}@HOST/DYNAMIC@HOST/g
s/(erl_eval\.erl, line) [0-9]+/\1 LINE/
s#[^ ("]*/served\.erl\b#served.erl#g
