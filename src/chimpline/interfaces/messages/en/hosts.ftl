# Secrets, and the hosts that they are for.
host-of-mailchimp = Mailchimp
secret-of-another-host = The secret of connection { $name } was given for { $given }, and its settings name { $now } now. It is not sent there.
    .do = If the new address is right, sign in again, in the console or with: chimpline connect { $name }. If not, write the old one.
secret-not-for-this-host = The environment has a secret for connection { $name }, whose address was named in the console. It is not sent there.
    .do = Sign in, in the console or with: chimpline connect { $name }. Or write the address into the settings file under another connection.
destination-secret-of-another-host = The password of destination { $name } was given for { $given }, and its settings name { $now } now. It is not sent there.
    .do = If the new address is right, give the password again, in the console or with: chimpline destination { $name }. If not, write the old one.
