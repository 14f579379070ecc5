# The command line: what is typed, what it notes, and how it ends.

title-what = Error
title-kept = Kept
title-do = To do
note = Note: { $said }

# How a command ends.
stopped = Stopped by Ctrl-C before it was done.
    .do = Run the same command again when you like.
stopping = Stopping. Rows that were read completely are still being saved; the next run continues from there. Ctrl-C again stops at once, and loses no saved row.
stopped-at-once = Stopped at once. What was saved stays; the next run continues from there.
output-unwritable = Standard output cannot be written: { $reason }.
    .do = Make room where it goes to, or send it elsewhere, and run the command again.
working-directory-unusable = The working directory cannot be used: { $reason }.
    .do = Change to a directory that exists, and run the command there.
too-little-memory = This machine has too little free memory for it.
    .do = Free some memory, and run the command again.
not-utf8 = A name, a path or an input is not UTF-8 text ({ $reason }).
    .do = Name things in UTF-8, and let LC_ALL be a UTF-8 locale, as in LC_ALL=C.UTF-8.
not-allowed-here = This machine did not allow it: { $reason }{ $at }.
    .do = See to permissions and to the room on the disk there, and run the command again.
own-mistake = chimpline met a mistake of its own ({ $name }).
own-mistake-with-log = { $what }
    .do = Please report it with { $log }, and run again.
own-mistake-without-log = { $what }
    .do = See that the state directory can be written and its disk has room, run again, and please report it with the log that is kept then.

# What is typed.
command-not-understood = { $told }
    .do = `{ $command } --help` lists what can be typed.
secret-by-option = { $option } is not an option: it would put a secret into the arguments, which every user of this machine can read.
    .do = { -where-secrets-go }
secret-by-setting = { $setting } is not a setting: it would put a secret into the arguments, which every user of this machine can read.
    .do = { -where-secrets-go }
secret-among-arguments = An API key is among the arguments, which every user of this machine can read.
    .do = { -where-secrets-go }
-where-secrets-go = Put it into the environment (CHIMPLINE_API_KEY or CHIMPLINE_ACCESS_TOKEN), pipe it in with --api-key-stdin or --access-token-stdin, or leave it out and type it when asked; for connect also CHIMPLINE_CLIENT_SECRET and CHIMPLINE_CODE, --client-secret-stdin and --code-stdin. For a database: chimpline destination NAME, which asks for its password, or takes it with --password-stdin. If others use this machine, make a new key.
input-ended = Standard input ended before this was given: { $what }.
    .do = Give it { $otherwise }, or type it when asked at a terminal.
give-by-option = with { $option }
give-by-stdin = on standard input with { $option }, or in { $variable }
the-api-key = the API key
the-client-secret = the Client Secret
the-code = the code, or the whole address that the browser shows
both-from-stdin = Both --api-key-stdin and --access-token-stdin are given.
    .do = Choose one of them.

# Settings and datasets.
no-settings-file = There is no chimpline.toml in { $directory }: options and environment are used.
settings-file-exists = { $path } already exists.
    .do = Edit it, or write another file with --settings FILE.
settings-file-unwritable = { $path } cannot be written: { $reason }.
    .do = Choose a directory that exists and can be written, with --settings FILE.
about-the-last-dataset = this is about { $destination }, dataset { $dataset }, where the last run wrote. For another one: --to and --dataset.
rows-not-shown = rows and times are not shown. { $why }
runs-of-here-only = of the dataset { $dataset }, only runs that were started from here are listed, because it cannot be read now. { $why }

# Runs.
run-id-empty = The id of the run is empty.
    .do = `chimpline runs` lists the runs with their ids.
run-id-of-several = The ids of { $count } runs begin with { $id }: { $runs }{ $more }.
    .do = Type more characters of the id.
and-more = {" "}and { $more } more
run-unknown = There is no run { $id }.{ $near }
    .do = `chimpline runs` lists the runs with their ids.
level-unknown = There is no level { $level }.
    .do = Choose one of { $levels }.

# Connections and destinations.
check-one-of-both = Both a connection and a destination are given.
    .do = Check one after the other: chimpline check { $connection }; chimpline check --destination { $destination }
secret-of-destination-empty = The { $secret } is empty.
    .do = Give it again; or delete the stored one: chimpline destination { $destination } --forget
pipeline-asks-for-refused = pipeline { $pipeline } asks for { $tables }, which Mailchimp refuses. The pipeline cannot run until these tables are removed from the settings.
pipeline-leaves-out-refused = pipeline { $pipeline } does not copy { $tables }.
change-wrong-form = A change has the form SETTING=VALUE.
    .do = For example: chimpline connections edit { $connection } start_date=01/31/2020
delete-unconfirmed = Deleting { $connection } deletes its secrets, and there is no terminal to ask on.
    .do = Confirm with --yes.

# Signing in.
connect-which = There are { $count } connections: { $names }.
    .do = Name one, as in `chimpline connect { $first }`, or a new one.
stopped-waiting-for-code = Stopped by Ctrl-C while chimpline waited for the code.
    .do = Allow access on the page that was printed. Then run `chimpline connect { $connection } --code-stdin`, which asks for the code, or for the whole address that the browser shows. Or begin again: `chimpline connect { $connection }`.
stopped-before-verified = Stopped by Ctrl-C before connection { $connection } was verified.
    .do = Begin again: `chimpline connect { $connection }`.
code-without-sign-in = A code is given, and no sign-in of connection { $connection } waits for one.
    .do = A code belongs to the walk that asked for it. Unset CHIMPLINE_CODE, and begin with `chimpline connect { $connection }`.
client-id-required = It is required.
    .do = Take it from your app.
api-key-not-given = No API key is given for connection { $connection }.
    .do = Put it into CHIMPLINE_API_KEY, pipe it in with --api-key-stdin, or type it when asked at a terminal.
new-client-secret-not-given = No new Client Secret is given.
    .do = Put it into CHIMPLINE_CLIENT_SECRET, or pipe it in with --client-secret-stdin.
no-code-in-time = No code came while chimpline waited.
    .do = If Mailchimp's page showed an error, mend what it names: the redirect URI { $redirect_uri } must be registered in the app to the letter. If you have allowed access since, give the address that the browser shows to `chimpline connect { $connection } --code-stdin` within the hour. Else start again.
sign-in-without-page = { $why } So there will be no page of ours: after consent, copy the whole address that the browser shows.
page-not-here = { $redirect_uri } is not an address of this machine.
page-port-taken = Port { $port } of { $host } is taken by another program, perhaps by another `chimpline connect`.
page-port-unopenable = Port { $port } of { $host } cannot be opened: { $reason }.
page-code-received = Code received
page-code = Code
page-copy = Copy
page-copied = Copied
page-no-code = No code
page-goes-on = chimpline goes on by itself: return to it, and close this page. If it still waits there, copy this code first and enter it.

# What an account holds.
accept-without-refresh = --accept is given without --refresh.
    .do = Give both, or neither.
export-unreadable = { $file } cannot be read: { $reason }.
    .do = Name a file that --export wrote.
export-not-utf8 = { $file } cannot be read: it is not UTF-8 text.
    .do = Name a file that --export wrote.
export-unwritable = { $file } cannot be written: { $reason }.
    .do = Name another file.
table-not-copied = { $table } is not copied. { $why }
fields-without-column = { $table } has fields without a column: { $fields }. They go to _extra.
selected-by-nobody = the settings select { $path }, but no audience has it.

# The sandbox and the demo.
port-in-use = Port { $port } is in use.
    .do = Choose another port with --port; 0 takes any free one.
sandbox-cannot-listen = The sandbox cannot listen on { $host }:{ $port }: { $reason }.
    .do = Choose another port with --port; 0 takes any free one.
sandbox-stopped = Stopped.
sandbox-no-address = { $url } is no address of a sandbox.
    .do = Write it as { $usual }.
sandbox-not-one = What answers at { $url } is no sandbox.
    .do = Start one with `chimpline sandbox`, or name it with --url.
sandbox-refused-change = The sandbox did not take this change: { $reason }
    .do = Correct the kind, or its arguments: --name value.
sandbox-silent = No sandbox answers at { $url }: { $reason }.
    .do = Start one with `chimpline sandbox`, or name it with --url.
argument-without-name = { $word } stands without a name.
    .do = Write each argument as --name value.
argument-without-value = --{ $name } has no value.
    .do = Write each argument as --name value.
demo-directory-taken = The directory { $directory } contains files that no demo made.
    .do = Name another directory: { $command } demo --directory DIR.
demo-account-ended = The emulated account ended with status { $status }.
