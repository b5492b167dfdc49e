"""Texts that would like to be markup, script, or the end of what surrounds them. Nodes have them as names of processes
and tables, as contents, messages and events of the log; each has to arrive in the page as this text and nothing else."""
import sys

TEXTS = [
    "<script>window.hacked = 1</script>",
    "<img src=x onerror=\"window.hacked = 1\">",
    "<svg/onload=window.hacked=1>",
    "<iframe srcdoc=\"<script>parent.hacked=1</script>\"></iframe>",
    "<a href=\"javascript:window.hacked=1\">x</a>",
    "javascript:window.hacked=1",
    "\"><script>window.hacked=1</script>",
    "'><img src=x onerror=window.hacked=1>",
    "</td></tr></table><script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    "</textarea></title></style><script>window.hacked=1</script>",
    "<style>*{display:none}</style>",
    "<base href=\"//evil.example/\">",
    "<meta http-equiv=\"refresh\" content=\"0;url=//evil.example/\">",
    "<form action=//evil.example/><button>Kill",
    "<!--", "-->", "]]>", "<![CDATA[<script>window.hacked=1</script>]]>",
    "&lt;script&gt;window.hacked=1&lt;/script&gt;", "&#60;script&#62;", "%3Cscript%3Ewindow.hacked%3D1%3C/script%3E",
    "{{constructor.constructor('window.hacked=1')()}}", "${window.hacked=1}", "`${window.hacked=1}`",
    "__proto__", "constructor", "toString", "hasOwnProperty",
    "a\nevent: cluster\ndata: {\"nodes\":[]}\n\n", "data: x", "\"}],\"rows\":[{\"pid\":\"",
    "\\u003cscript\\u003e", "\\\"", "\u2028window.hacked=1\u2029", "\u202egnp.exe", "\ufeffbom", "\x1b[31mred\x1b[0m\x07",
    "nul\x00byte", "#/node/x", "../../../etc/passwd", "?token=x&view=y", "=HYPERLINK(\"//evil.example/\")",
    "\U0001f4a5 \u05d0\u05d1 \u0628", "e\u0301" * 60, "W" * 250,
]

if __name__ == "__main__":  # as a file for file:consult/1: binaries of UTF-8
    for text in TEXTS:
        print(f"<<{','.join(map(str, text.encode()))}>>.")
    sys.exit(0)
