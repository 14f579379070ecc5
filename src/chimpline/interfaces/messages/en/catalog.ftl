# Why a table of the catalog is copied only where it is named.
off-each-member = It takes one request for each member, and again for each member whose row has changed.
off-each-member-of-many-tags = Every run lists all members for it, and it takes one request for each member with 50 tags or more.
off-each-campaign = It takes one request for each campaign, in every run for each that is not sent yet, and each answer holds a whole email.
off-each-link = It takes one request for each link of each campaign, and again for each that was clicked since.
off-beta-audiences = Mailchimp calls it a beta, which may change or end without notice; of each audience it has less than `lists`.
off-beta-contacts = Mailchimp calls it a beta, which may change or end without notice; most of what it has is in `list_members`, and every run reads it whole.
off-newer-than-specification = Mailchimp's list of them is newer than the specification that chimpline follows, and no answer of a real account was seen.

# The groups that tables are shown in.
group-account = Account
group-audiences = Audiences
group-contacts = Contacts (beta)
group-campaigns = Campaigns
group-reports = Reports of campaigns
group-reporting = Reports of pages, surveys and ads
group-stores = Stores
