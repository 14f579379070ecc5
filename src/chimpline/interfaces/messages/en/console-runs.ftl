# Runs: one of them, and its log.
span-tenths = { $count } s
run-says-queued = It is being started. The tables appear below as they are read.
run-pace = Rows a second
run-pace-of = { $rows }
run-time-left-unknown = not known yet
run-time-left-silent = not known while nothing comes
run-silent = Mailchimp does not answer. Requests fail and are repeated; the last rows came at
run-tables-waiting = { $count ->
    [one] One table waits
   *[other] { $count } tables wait
}
run-tables-done = { $count ->
    [one] One table is done
   *[other] { $count } tables are done
}
run-new-and-updated = { $inserted } new, { $updated } updated
run-slices-proven = { $count } parts read, each proven
proof-walk = { $rows } of { $rows } announced, { $pages } { $pages ->
    [one] page
   *[other] pages
}
proof-walk-begun = { $rows } of { $rows } announced, { $pages } { $pages ->
    [one] page
   *[other] pages
}, continued after { $earlier }
proof-whole = { $rows } of { $rows } announced, all at once
proof-seek = { $rows } in order, { $pages } { $pages ->
    [one] page
   *[other] pages
}
proof-counts = Counts compared: { $gone } deleted, { $late } late
proof-record = One record, in one answer
proof-no-record = Mailchimp says that there is none
proof-windows = Each part was proven, and the counts are equal
run-nothing-to-read = unchanged, not read
column-tombstoned = Deleted
column-extra = Put in _extra
column-bookmark = Read up to (bookmark)
column-proof = Proof
column-time = Time
column-severity = Severity
column-line = Line
run-log = Log
run-log-title = Log of run { $run_id }
run-log-least = From
run-log-holding = With the text
run-log-download = Download
run-log-empty = The log has no such lines.
run-log-shown = { $count ->
    [one] One line
   *[other] The last { $count } lines, at most { $most }; the file has all of them
}
severity-debug = debug
severity-info = info
severity-warning = warning
severity-error = error

# Comparisons of a copy with its account.
comparisons = Comparisons
comparisons-why = A comparison asks Mailchimp what it holds and says where the copy differs, and why. It changes nothing; a repair reads again what differs.
comparisons-none = Nothing was compared in the last weeks.
comparison = Comparison
comparison-title = Comparison { $id }
comparison-start = Compare
comparison-repair = Repair
comparison-cancel = Cancel the comparison
comparison-level = Compared
comparison-level-counts = numbers of rows
comparison-level-keys = keys of all rows
comparison-level-rows = every cell
comparison-result = Result
comparison-queued = queued
comparison-running = running
comparison-equal = equal
comparison-explained = explained
comparison-differs = differs
comparison-failed = failed
comparison-cancelled = cancelled
comparison-not-compared = not compared
comparison-says-queued = It begins as soon as no run has this dataset.
comparison-says-running = Mailchimp is being asked. Rows appear below as tables are done.
comparison-says-equal = Everything that was compared is equal.
comparison-says-explained = Nothing is lost. Every difference is explained below.
comparison-says-differs = { $rows ->
    [one] One row is wrong in the copy. A repair reads again what differs.
   *[other] { $rows } rows are wrong in the copy. A repair reads again what differs.
}
comparison-says-failed = The comparison did not come to its end.
comparison-says-cancelled = The comparison was cancelled. Nothing was changed by it.
comparison-cost = Requests expected
comparison-repaired-by = Repaired by run
comparison-wrong-before = Wrong before the repair
comparison-theirs = At Mailchimp
comparison-ours = In the copy
comparison-wrong = Wrong
comparison-explained-rows = Explained
comparison-differences = Differences
comparison-of = Of
comparison-rows = Rows
comparison-why = Why
comparison-keys = Keys of the first
comparison-notes = Why Mailchimp's own pages show other numbers

# Overview: rows changed over time.
overview-changes = Rows changed by the last { $count ->
    [one] run
   *[other] { $count } runs, oldest first
}: at most { $most }
overview-changes-most = Rows changed by each run; the tallest bar is { $most } (square-root scale).
