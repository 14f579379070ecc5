# Alerts: what is sent, and the page on which they are set.

# What is sent. Beside the words: the pipeline or connection, and the run; nothing else.
alert-failure = The last run of pipeline { $subject } failed (run { $run_id }). Everything that was saved before stays. Its page in the console says why, and what to do.
    .title = chimpline: { $subject } failed
alert-unproven = The last run of pipeline { $subject } could not prove that all tables are complete (run { $run_id }). Its page in the console names the tables. The next run reads them again.
    .title = chimpline: { $subject } is unproven
alert-late = The data of pipeline { $subject } is older than its target. The console shows its last runs.
    .title = chimpline: { $subject } is late
alert-reauthentication = Mailchimp no longer accepts the sign-in of connection { $subject }. Its pipelines cannot run until somebody signs in again, in the console.
    .title = chimpline: { $subject } needs re-authentication
alert-schema = The last run of pipeline { $subject } found a schema change at Mailchimp: fields without a column, or other merge fields or interests (run { $run_id }). Nothing is lost. The run's log names them.
    .title = chimpline: schema change in { $subject }
alert-recovery = Pipeline { $subject } is well again: run { $run_id } proved that all tables are complete.
    .title = chimpline: { $subject } is well again
alert-recovery-sign-in = Connection { $subject } is signed in again.
    .title = chimpline: { $subject } is well again
alert-test = This is a test of the alert { $alert }. Nothing has happened.
    .title = chimpline: a test

# What needs somebody.
need-late = The data of { $pipeline } is older than its target.
    .do = See its last runs, and whether its schedule is paused.
need-see-pipeline = See the pipeline

# Freshness.
overview-target = target: { $target }
overview-late = late

# The page.
settings-alerts = Alerts
alerts-title = Alerts
alerts-why = An alert is sent once for each cause, and once more when it is over. It names the pipeline or connection and the run, never a member, an address or a secret.
alerts-none = There is no alert yet, so nobody is told when a run fails.
column-alert = Alert
alert-everything = everything
column-service = Service
column-on = What is told
column-pipelines = Pipelines
alerts-every-pipeline = all
alert-no-address = no address yet
alert-kind-failure = failure
alert-kind-recovery = recovery
alert-kind-re-authentication = needs re-authentication
alert-kind-late = late data
alert-kind-unproven = unproven
alert-kind-schema = schema change at Mailchimp
alert-add = Add an alert
alert-change = Change { $name }
alert-edit = Change
alert-save = Save
alert-send-test = Send a test
alert-test-of = Send a test to { $name }
alert-remove = Remove
alert-remove-of = Remove { $name }
alert-remove-sure = The alert { $name } and its address are deleted. Messages not yet sent are not sent.
field-alert-name = Name
field-address = Address
field-address-kept = New address (leave empty to keep the present one)
alert-address-help = The address is a secret. It is stored encrypted and never shown again.
alert-services = Addresses that can be used
column-example = Example of an address
field-kinds = What is told
field-pipelines = Pipelines
field-pipelines-help = If none is chosen, the alert is about all pipelines, also later ones.
alert-done-saved = The alert { $name } is saved.
alert-done-removed = The alert { $name } is removed.
alert-done-sent = The test was accepted by the service of { $name }. See whether it has arrived.
alert-test-failed = The test of { $name } was not sent.
    .do = Check the address, and whether this machine can reach the service. Then enter the address again.
alert-test-refused = The service of { $name } refused the test, with status { $status }.
    .do = Check the address: a webhook may have been deleted, a token revoked. Then enter it again.
alerts-sent = Latest messages
column-message = Message
column-sent = Sent
alert-not-yet = not yet
alert-tried-again = tried { $tries } { $tries ->
    [one] time
   *[other] times
}, again in { $wait }
alert-waits-for-address = waits for the address of the alert
alert-enter-address = Enter the address
alert-given-up = given up after { $tries } tries
alert-trouble-unreachable = The service could not be reached, or did not accept it.
alert-trouble-refused = The service refused it.
alert-trouble-no-address = The alert has no address.
alert-trouble-vault = The address could not be read from the vault.

# What cannot be an alert.
alert-name = { $name } cannot be the name of an alert.
    .do = Use letters, digits, - and _ only, a letter or digit first, at most 60.
alert-unknown = There is no alert { $name }.
    .do = The page Settings, Alerts lists all of them.
alert-without-kind = The alert would never be sent: nothing was chosen that it tells.
    .do = Choose at least one.
alert-without-address = The alert has no address.
    .do = Enter one.
alert-address-not-understood = This is no address that alerts can be sent to.
    .do = It begins with one of: { $schemes }, each followed by ://. The examples show the rest.
alert-address-parameter = { $name } cannot be part of an address of { $service }.
    .do = Take it out, and enter the address again.
alert-pipeline-unknown = The alert { $alert } ({ $place }) names the pipeline { $pipeline }, and there is none of this name.{ $near }
    .do = Correct it, or take it out. There are: { $known }.
alert-name-taken = There is an alert { $name } already.
    .do = Choose another name, or change that one.
