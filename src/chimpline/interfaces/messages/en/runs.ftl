# Where something is.
place = { $what ->
    [audience] audience
    [campaign] campaign
    [automation] automation
    [segment] segment
    [store] store
    [promo-rule] promo rule
   *[interest-category] interest category
} { $id }
place-called = { place } ({ $name })
place-within = { $outer }, { $inner }
slice-of = { $table } of { $below }

# How a run ended.
run-killed = The run was killed, or the machine went down. { kept-committed } The numbers are the last ones that the run reported.
run-stopped-at-once = The run was stopped at once, by a second Ctrl-C or signal. { kept-committed } The numbers are the last ones that the run reported.
run-started-elsewhere = The run was started on another machine or with another state directory. Whether it is still in progress is not known here. The next run from here records it as ended.
run-stopped-before = Stopped.
run-stopped = The run was stopped.
run-incomplete = { $wrong } of { $tables } tables may be incomplete: { $which }. All other tables were copied completely.

# How a table ended.
table-not-read = The run ended before this table was read completely.
two-said = { $one } { $two }
three-said = { $one } { $two } { $three }
more-said = { $one } { $two } { $three } { $more } more parts have such a problem.
table-depends-on = { $table } depends on { $where }, which is { $state }.
table-left-out-refused = { $cause }
table-left-out-below = { $table } depends on { $above }. { $cause }
feature = { $what ->
    [ads] Facebook ads
    [ad-reports] reports of Facebook ads
    [landing-pages] landing pages
    [contacts-beta] beta of contacts
    [sms-campaigns] SMS campaigns
    [landing-page-reports] reports of landing pages
    [surveys] surveys
    [survey-reports] reports of surveys
   *[stores] stores
}
feature-lacking = This account has no { $feature }, or its plan or your role does not show them: { $cause } Everything else is copied without them. Left out: { $tables }.
feature-rows-stay = { $said } Rows that were copied earlier stay as they are.
slice-deleted = { $where } was deleted at Mailchimp during this run.
slice-not-found = { $where }: { $cause } Run again.
slice-failed = { $where }: { $cause }
slice-broken = { $where }: { $cause } What was read before it is kept. Run again; if it comes back, report it with the log of this run.
slice-unproven = { $where }: the copy may be incomplete, because { $why }. The rows that were read are saved; nothing was marked as deleted. Run again when the account is quieter.
slice-odd = { $where }: { $why }, so that the table is not complete. All other rows were copied; nothing was marked as deleted. Look for these records in Mailchimp: their keys, as far as they have any, are in the table _chimpline_slices. Every run reads them again.

# What a run would read.
refused-above = It depends on { $above }. { $why }
estimate-unreadable = cannot be read: { $why }
estimate-all-members = all members
estimate-changes = only changes in { $changes } of { $slices } audiences
estimate-gated = { $read } of { $slices } { $of ->
    [campaigns] campaigns
    [segments] segments
   *[slices] slices
} are new or have changed
estimate-riding = they come with the records of { $host }
estimate-all-rows = every run reads all rows

# What a run cannot do.
run-hashes-without-salt = Columns of { $tables } are to be hashed, and the connection has no salt.
    .do = Run by the name of a connection, which keeps one.
run-key-hashed-otherwise = What is hashed of the key has changed for { $tables }: their rows, deleted ones too, must be removed and read again.
    .do = Say so by running once with --full-refresh, choose another dataset, or take the change back.
run-database-given-up = The database has not answered for { $minutes } minutes.
    .do = See that the database, and what stands before it, is in order; then run again.

# What one should know of a run.
run-database-silent = The database has not answered for { $seconds } s. Still waiting.
run-removes-rows = All rows are removed and read again: { $paths } changed.
run-empties = Emptied, and read again where it is kept: { $paths }.
run-reads-more = Read again, since more of it is chosen: { $paths }.
run-clock-behind = Mailchimp's clock shows { $theirs } UTC, and this machine's clock shows { $ours } UTC. The earlier time is used, so that nothing that changes until the later one is overlooked. Check this machine's clock.
run-clock-was-wrong = An earlier run took its time from a clock that was wrong: it noted { $noted }, and today is { $today }. What it noted as read ({ $entries } entries) was discarded, and is read again now. No rows were removed.
run-met-fields = Mailchimp sent fields without a column of their own: { $paths }{ $more }. Their values are in the column _extra.
run-met-broken-characters = Some texts hold a broken character; � is stored in its place.
and-so-many-more = {" "}and { $more } more
schema-change = Schema { $version }: { $change }.
estimate-not-due = not due: last read { $read } UTC, due again { $until } UTC
tables-offered =
    This version can copy { $count ->
        [one] one more table
       *[other] { $count } more tables
    } by default. This dataset keeps the tables that it has. To copy these as well, run once with --tables default, or with the names of some of them; tables = "default" or "all" takes new tables at once, always. They take at first: { $tables }
table-offered = { $table }: { $cost }
cost-requests =
    about { $requests ->
        [one] one request
       *[other] { $requests } requests
    }
cost-below = one request for each row of { $parent }
tables-not-due = Not due, and not read by this run: { $tables }
table-not-due = { $table } (last read { $read } UTC, due again { $until } UTC)
slices-not-due =
    { $many ->
        [one] One segment is not due, and was
       *[other] { $many } segments are not due, and were
    } left as of the last read: what the conditions look at can change without any sign, so such segments are read once an hour.
