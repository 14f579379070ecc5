# What answered, in brackets.
api-answer = { $status } { $problem }
api-answer-unexplained = { $status } without an explanation
api-names-no-data-center = it names no data center
api-tried = { $attempts ->
    [one] 1 attempt
   *[other] { $attempts } attempts
} over { $seconds } s

# One answer.
api-not-json = The answer was { $type }, not JSON.
api-not-json-untyped = The answer was without a content type, not JSON.
api-refused-once = Mailchimp refused it (403 { $problem }).
api-not-found = Mailchimp knows no { $path } ({ $answer }).
api-too-many-requests = Mailchimp asked to slow down (429).
api-turned-away = Mailchimp turned the request away ({ $answer }).
api-foreign-answer = The answer was { $answer }.
api-failed = Mailchimp failed ({ $answer }).
api-not-understood = Mailchimp does not understand GET { $path } ({ $answer }).
api-odd-status = Mailchimp answered with the status { $status }.
api-nested-too-deeply = Mailchimp's answer is nested too deeply to be read.
api-answer-misfit = Mailchimp's answer is not as it should be ({ $reason }).
api-no-date = The answer has no readable Date header.
api-date-of-year = The answer has a Date header of the year { $year }.
api-key-of-another-data-center = Mailchimp says that the API key belongs to another data center ({ $answer }).
    .do = Copy the whole API key again, with the data center after its dash (-us6), and leave api_root out of the settings.
api-token-of-another-data-center = Mailchimp says that the access token belongs to another data center ({ $answer }).
    .do = Sign in to Mailchimp again, and leave api_root out of the settings.
api-account-blocked = Mailchimp has blocked this user or the whole account ({ $answer }).
    .do = Sign in to Mailchimp in a browser and see what it asks the account's owner to do, or write to Mailchimp's support; then try again.
api-redirected = The request was redirected ({ $status }) to { $host }.
api-redirected-within = The request was redirected ({ $status }) to another page.
api-proxy-asks-for-password = The proxy asks for a user name and a password (407).
    .do = Put them into HTTPS_PROXY, or except Mailchimp's host with NO_PROXY.
api-https-only = Mailchimp speaks HTTPS only ({ $answer }).
    .do = Let api_root begin with https://.
api-key-not-accepted = Mailchimp does not accept the API key ({ $answer }): the connection needs re-authentication.
    .do = Enter a key that is not revoked, with the data center after its dash (-us6): a key is known in its own data center only.
api-token-not-accepted = Mailchimp does not accept the access token ({ $answer }): the connection needs re-authentication.
    .do = Sign in to Mailchimp again; its owner may have removed access.

# A request, after all attempts.
api-refused = Mailchimp refuses GET { $path } to this user (403 { $problem }).
    .do = Ask the account's owner for a role that may read it, or leave the table out.
api-answer-too-large = { $where } gave no good answer, and no smaller one can be asked for. { $cause }
    .do = See that api_root is Mailchimp's, then try again; if it comes back, report it.
api-not-mailchimp = { $where } is not Mailchimp's API: { $cause }
    .do = See that api_root is right and ends in /3.0, and that no proxy or sign-in page of the network stands in between; then try again.
api-never-reached = { $cause } chimpline gave up after { $tried }.
    .do = Check the network, HTTPS_PROXY and api_root, then try again.
api-given-up-network = { $where } gave no good answer in { $tried }. { $cause }
    .do = Check the network, then try again.
api-given-up = { $where } gave no good answer in { $tried }. { $cause }
    .do = Try again later; lower `connections` if other tools use this account.
api-given-up-login = { $where } gave no good answer in { $tried }. { $cause }
    .do = Check the network and login_root, then try again.
api-nothing-reached = { $cause } chimpline gave up after { $tried }, and { $login } cannot be reached either.
    .do = Check the network, its name service (DNS) and HTTPS_PROXY, then try again. If all that is well, see that the API key ends in the right data center (-{ $data_center }).
api-no-such-data-center = There is no Mailchimp data center '{ $data_center }': { $cause } { $login } can be reached.
    .do = Copy the API key again, with the data center after its dash (-us6).
api-beginning-refused = { $cause }
    .do = Every run begins with this request. Ask the account's owner for a role that may read (Viewer at least), see that api_root is right, and try again.

# What one should know.
api-retrying = { $cause } Retrying. Further failures of this kind are not shown.
api-waiting = Waiting for a connection: other runs of this Mailchimp user use { $others } of the { $connections } that this one may have. It goes on as they let go.
api-in-clear = { $setting } is plain http: { $host } and all in between see the key.

# Connections.
api-connections-out-of-range = connections = { $connections } is not possible: Mailchimp allows { $most } at once for each user.
    .do = Set it between 1 and { $most }; the default is 8.
api-too-many-open-files = The directory of the connection slots cannot be used: { $path } ({ $reason }).
    .do = Allow more open files (ulimit -n 1024).
api-slots-unusable = The directory of the connection slots cannot be used: { $path } ({ $reason }).
    .do = Name one on a local disk that this user may write to with CHIMPLINE_SLOTS_DIR.

# Where the API is.
api-key-without-data-center = The API key names no data center.
    .do = Copy the whole key, with the dash and the data center at its end: <32 letters and digits>-us6; or set api_root.
api-endpoint-of-another = { $login } names { $host } as the address of the API (api_endpoint), which is no host of Mailchimp's. The token was not sent there.
    .do = See that login_root is right. If that host is yours, set api_root to it.
api-endpoint-without-host = { $login } names no host as the address of the API (api_endpoint), which is no host of Mailchimp's. The token was not sent there.
    .do = See that login_root is right. If that host is yours, set api_root to it.
api-address-of-no-server = { $setting } is not the address of a server.
    .do = Write it in full, as in https://us6.api.mailchimp.com/3.0.
api-address-too-long = { $setting } holds more than a scheme, a host and a path.
    .do = Leave user name, password, query and fragment out.
api-address-in-clear = { $setting } is plain http: the key would be readable on the way.
    .do = Let { $setting } begin with https://.
