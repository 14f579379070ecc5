# Connections: their definitions, secrets and states, and what each may read.

# Tables that the last check of access found refused.
selected-tables-refused = { $count } of the selected tables cannot be copied, because Mailchimp refused { $count ->
        [one] it
       *[other] them
    } when access was last checked.{ $tables }
    .do = Remove { $count ->
        [one] it there. If it has
       *[other] them there. If they have
    } become readable since, by another role for example, check again: chimpline check { $connection }
table-refused = { $table }{ $at }: { $why }
tables-all-refused = Mailchimp refused every selected table when access was last checked. { $why }
    .do = Ask the account's owner for a role that may read. Then check again: chimpline check { $connection }
tables-left-out = Note: these tables are not copied, because Mailchimp refused them when access was last checked: { $tables }. To check again: chimpline check { $connection }

# Which connection.
connection-unknown = There is no connection { $name }.{ $near }
    .do = There are: { $names }. Name another, or make it: chimpline connect { $plain }
connection-unknown-none-there = There is no connection { $name }.
    .do = There is none yet. Name another, or make it: chimpline connect { $plain }
connections-several = There are { $count } connections: { $names }.
    .do = Name one.
connection-in-use = Connection { $name } is used by the { $count ->
        [one] pipeline
       *[other] pipelines
    } { $pipelines }.
    .do = { $count ->
        [one] Let that pipeline name another connection in { $file }, or take it out, then delete again.
       *[other] Let those pipelines name another connection in { $file }, or take them out, then delete again.
    }
client-id-in-use = The client id { $client_id } is used by connection { $others }. One app serves one connection: to sign in again with an app, or to rotate its secret, can end what it allowed before.
    .do = Register another app with Mailchimp (Profile, Extras, Registered apps) for { $name }, or insist with --insist.
account-is-another = Connection { $name } now belongs to another Mailchimp account: { $account } ({ $account_id }); it was { $before } ({ $before_id }). What was copied stays with the account before, and a run into the same dataset is refused: give its pipelines another dataset, or sign in to the account before.

# What a connection may read.
access-unknown = Not known: { $cause }
access-parent-unknown = Not asked: { $parent } could not be asked.
access-parent-refused = Its parent { $parent } is refused.
access-lacking = The account lacks it, or your role may not read it. Runs copy everything else, and this as soon as they can read it. { $cause }
access-parent-lacking = Its parent { $parent } is not available.
access-parent-empty = Not asked: { $parent } has no record yet.
access-answer-broken = Mailchimp's answer is not as it should be ({ $reason }).
connection-without-secret = Connection { $name } has no API key or access token yet.
    .do = Sign in: chimpline connect { $name }
key-of-another-account = { $warning }
    .do = Give a key of the account that this connection is for, or make another connection.
nothing-readable = Mailchimp lets this user sign in, and read nothing: every table is refused.
    .do = Ask the account's owner for a role that may read (Viewer at least), then check again.
then-connect = Then: chimpline connect { $connection }
key-used-before = Note: this key was used with { $address } before, so it is sent there again.
key-used-with-both-before = Note: this key was used with { $api_root } and { $login_root } before, so it is sent there again.
stored-sentence = { $sentence }

# Signing in by OAuth.
oauth-lacks = Connection { $name } has no { $missing ->
        [client_id] Client ID
        [client_secret] Client Secret
       *[both] Client ID and no Client Secret
    }: signing in by OAuth needs both.
    .do = Take them from your app at Mailchimp (`chimpline connect --guide`). The client id goes into the settings file or --client-id; the secret into CHIMPLINE_CLIENT_SECRET, into --client-secret-stdin, or is typed when asked.
client-secret-wrong-form = The Client Secret is empty or too short, or holds what no secret has.
    .do = Copy it again. Mailchimp shows it once: if it is lost, rotate it in your app.
token-of-another-account = { $warning }
    .do = Sign in to Mailchimp as a user of the account that this connection is for, or make a connection of its own for the other one. To change it all the same, confirm (--yes).
token-ends = Mailchimp lets this token end at { $at }.
sign-in-replaced = Another `chimpline connect { $connection }` took the place of this one.
    .do = Go on there, or start again here.
answer-to-no-sign-in = This answer belongs to no sign-in that chimpline is waiting for. If you asked for one, start it again with: chimpline connect
answer-without-code = Mailchimp sent no code.

# The vault and its key.
secret-does-not-open = The { $secret ->
        [api_key] api key
        [access_token] access token
        [client_secret] client secret
        [new_client_secret] new client secret
        [hash_salt] hash salt
       *[code] code
    } of { $connection } does not open: it was altered, or put where another stood.
    .do = Find out who writes to the control database; then sign in again: chimpline connect { $connection }.
secret-of-destination-does-not-open = The { $secret } of destination { $destination } does not open: it was altered, or put where another stood.
    .do = Find out who writes to the control database; then store it again: chimpline destination { $destination }.
vault-key-in-environment = The key stands in { $variable }, which chimpline cannot change.
    .do = Make a new one (openssl rand -base64 32), pipe it in with --new-key-stdin, then set { $variable } to it.
vault-key-wrong-form = { $where } is not a key: it must be { $length } bytes, as base64 or as 64 hex digits.
    .do = Give the key that sealed the secrets; a new one is made by: openssl rand -base64 { $length }
vault-key-other-than-variable = The secrets were sealed with another key than { $variable } has now.
    .do = Set { $variable } to the key that sealed them; or unset it, if that is the key that chimpline keeps itself. To change the key: chimpline connections rotate-key
vault-key-other-than-file = The secrets were sealed with another key than { $path } has.
    .do = Bring the key back from where it was; if it is lost, sign in again: chimpline connections delete NAME, then chimpline connect NAME.
vault-key-missing = The key that sealed the secrets is not to be found: neither in { $variable }, nor in the keyring, nor in { $path }.
    .do = Bring the key back from where it was; if it is lost, sign in again: chimpline connections delete NAME, then chimpline connect NAME.
vault-key-unreadable = The vault's key { $path } cannot be read: { $reason }.
    .do = Make it readable for you, and for nobody else: chmod 600 { $path } (as its owner).
vault-key-open-to-others = The vault's key { $path } can be read by others (mode { $mode }).
    .do = chmod 600 { $path }; if others use this machine, then also: chimpline connections rotate-key
vault-key-unwritable = The vault's key { $path } cannot be written: { $reason }.
    .do = Make { $directory } writable for you, or set { $variable }.
the-new-key = The new key
the-key-of-the-keyring = The keyring's entry
key-in-variable = { $variable }
key-in-file = { $path }
key-in-keyring = the keyring of this user

# The control database.
control-unopenable = The control database { $path } cannot be opened: { $reason }.
    .do = Make it and its directory writable for you, or name another with --state-dir or CHIMPLINE_STATE_DIR.
control-newer = { $path } was written by a newer chimpline (schema { $schema }; this one knows { $known }).
    .do = Update chimpline, or name another directory with --state-dir.
control-held = The control database { $path } is held by another process.
    .do = Let the other process finish, then try again.
control-unusable = The control database { $path } cannot be used: { $reason }.
    .do = See that the disk has room and the file can be written, then try again.
control-damaged = { $path } is not a control database, or it is damaged.
    .do = Bring it back from a backup; or move it away and sign in again with `chimpline connect NAME`.
control-damaged-somewhere = { $file } in the state directory is not a control database, or it is damaged.
    .do = Bring it back from a backup; or move it away and sign in again with `chimpline connect NAME`.

# What is known of runs.
run-has-it-open = Run { $run }, which is in progress, has it open.
