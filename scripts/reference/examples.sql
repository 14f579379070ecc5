-- One example for each table: `-- table: what it answers`, then the query, up to the semicolon.
-- A test runs all of them on a copy of the emulated account, in DuckDB or PostgreSQL.

-- account: How many people can be written to, and when somebody last signed in.
SELECT account_name, total_subscribers, last_login
FROM mailchimp.account;

-- authorized_apps: Which apps may use the account.
SELECT name, description
FROM mailchimp.authorized_apps
WHERE _deleted_at IS NULL
ORDER BY name;

-- connected_sites: Which sites are connected to which store.
SELECT sites.domain, sites.platform, stores.name AS store
FROM mailchimp.connected_sites AS sites
LEFT JOIN mailchimp.stores ON stores.id = sites.store_id
WHERE sites._deleted_at IS NULL;

-- verified_domains: Which domains mail can be sent from, those without a signature first.
SELECT domain, verified, authenticated, status
FROM mailchimp.verified_domains
WHERE _deleted_at IS NULL
ORDER BY authenticated, domain;

-- batch_webhooks: Which addresses are told when a batch job ends.
SELECT url, enabled
FROM mailchimp.batch_webhooks
WHERE _deleted_at IS NULL;

-- lists: The audiences by size.
SELECT name, stats__member_count, stats__unsubscribe_count, stats__campaign_last_sent
FROM mailchimp.lists
WHERE _deleted_at IS NULL
ORDER BY stats__member_count DESC;

-- list_merge_fields: The fields of each audience, in the order of the form.
SELECT lists.name AS audience, fields.tag, fields.name, fields.type
FROM mailchimp.list_merge_fields AS fields
JOIN mailchimp.lists ON lists.id = fields.list_id
WHERE fields._deleted_at IS NULL
ORDER BY audience, fields.display_order;

-- list_growth_history: How many members were subscribed in each month, over all audiences.
SELECT month, sum(subscribed) AS subscribed, sum(unsubscribed) AS unsubscribed
FROM mailchimp.list_growth_history
WHERE _deleted_at IS NULL
GROUP BY month
ORDER BY month;

-- list_activity: The days on which more people left than came.
SELECT list_id, day, subs + other_adds AS came, unsubs + other_removes AS went
FROM mailchimp.list_activity
WHERE _deleted_at IS NULL
ORDER BY subs + other_adds - unsubs - other_removes, day
LIMIT 20;

-- list_abuse_reports: Which campaigns were called spam most often.
SELECT campaign_id, count(*) AS reports, max(date) AS newest
FROM mailchimp.list_abuse_reports
WHERE _deleted_at IS NULL
GROUP BY campaign_id
ORDER BY reports DESC;

-- list_clients: The most used mail programs.
SELECT client, sum(members) AS members
FROM mailchimp.list_clients
WHERE _deleted_at IS NULL
GROUP BY client
ORDER BY members DESC;

-- list_locations: The countries that most members are in.
SELECT country, sum(total) AS members
FROM mailchimp.list_locations
WHERE _deleted_at IS NULL
GROUP BY country
ORDER BY members DESC
LIMIT 10;

-- list_signup_forms: The address of each audience's form.
SELECT lists.name AS audience, forms.signup_form_url
FROM mailchimp.list_signup_forms AS forms
JOIN mailchimp.lists ON lists.id = forms.list_id
WHERE forms._deleted_at IS NULL;

-- list_webhooks: Who is told when somebody unsubscribes.
SELECT list_id, url
FROM mailchimp.list_webhooks
WHERE events__unsubscribe AND _deleted_at IS NULL;

-- list_interest_categories: The groups of interests of each audience.
SELECT list_id, title, type
FROM mailchimp.list_interest_categories
WHERE _deleted_at IS NULL
ORDER BY list_id, display_order;

-- list_interests: The most popular interests.
SELECT groups.title AS category, interests.name, interests.subscriber_count
FROM mailchimp.list_interests AS interests
JOIN mailchimp.list_interest_categories AS groups
  ON groups.list_id = interests.list_id AND groups.id = interests.interest_category_id
WHERE interests._deleted_at IS NULL
ORDER BY CAST(interests.subscriber_count AS integer) DESC;

-- list_members: How many members each audience has, by status.
SELECT lists.name AS audience, members.status, count(*) AS members
FROM mailchimp.list_members AS members
JOIN mailchimp.lists ON lists.id = members.list_id
WHERE members._deleted_at IS NULL
GROUP BY lists.name, members.status
ORDER BY audience, members DESC;

-- list_member_tags: The tags that most subscribed members have.
SELECT tags.name, count(*) AS members
FROM mailchimp.list_member_tags AS tags
JOIN mailchimp.list_members AS members
  ON members.list_id = tags.list_id AND members.id = tags.subscriber_hash
WHERE tags._deleted_at IS NULL AND members.status = 'subscribed'
GROUP BY tags.name
ORDER BY members DESC;

-- list_member_permissions: How many members gave each permission.
SELECT list_id, text, count(*) AS asked, sum(CASE WHEN enabled THEN 1 ELSE 0 END) AS gave
FROM mailchimp.list_member_permissions
WHERE _deleted_at IS NULL
GROUP BY list_id, text;

-- list_member_all_tags: Who has the most tags, and when the newest was added.
SELECT subscriber_hash, count(*) AS tags, max(date_added) AS newest
FROM mailchimp.list_member_all_tags
WHERE _deleted_at IS NULL
GROUP BY subscriber_hash
ORDER BY tags DESC;

-- list_member_activity: What members did, by month.
SELECT date_trunc('month', created_at_timestamp) AS month, activity_type, count(*) AS times
FROM mailchimp.list_member_activity
WHERE _deleted_at IS NULL
GROUP BY 1, 2
ORDER BY 1, 2;

-- list_member_events: How often each event happened, and to how many members.
SELECT name, count(*) AS times, count(DISTINCT subscriber_hash) AS members
FROM mailchimp.list_member_events
WHERE _deleted_at IS NULL
GROUP BY name
ORDER BY times DESC;

-- list_member_goals: How many members reached each goal.
SELECT event, count(*) AS members, max(last_visited_at) AS newest
FROM mailchimp.list_member_goals
WHERE _deleted_at IS NULL
GROUP BY event
ORDER BY members DESC;

-- list_member_notes: The newest notes, with whom they are about.
SELECT members.email_address, notes.created_at, notes.note
FROM mailchimp.list_member_notes AS notes
JOIN mailchimp.list_members AS members
  ON members.list_id = notes.list_id AND members.id = notes.subscriber_hash
WHERE notes._deleted_at IS NULL
ORDER BY notes.created_at DESC
LIMIT 20;

-- list_segments: The segments and tags of each audience, largest first.
SELECT lists.name AS audience, segments.name, segments.type, segments.member_count
FROM mailchimp.list_segments AS segments
JOIN mailchimp.lists ON lists.id = segments.list_id
WHERE segments._deleted_at IS NULL
ORDER BY segments.member_count DESC;

-- list_tags: The tags of each audience, with how many members have them.
SELECT tags.list_id, tags.name, segments.member_count
FROM mailchimp.list_tags AS tags
LEFT JOIN mailchimp.list_segments AS segments
  ON segments.list_id = tags.list_id AND segments.id = tags.id
WHERE tags._deleted_at IS NULL
ORDER BY tags.list_id, tags.name;

-- list_segment_members: How many members of each segment can be written to.
SELECT segments.name, count(*) AS members,
       sum(CASE WHEN people.status = 'subscribed' THEN 1 ELSE 0 END) AS subscribed
FROM mailchimp.list_segment_members AS people
JOIN mailchimp.list_segments AS segments
  ON segments.list_id = people.list_id AND segments.id = people.segment_id
WHERE people._deleted_at IS NULL
GROUP BY segments.name
ORDER BY members DESC;

-- audiences: How many contacts each audience has, as the beta counts them.
SELECT name, stats__total_contacts
FROM mailchimp.audiences
WHERE _deleted_at IS NULL
ORDER BY stats__total_contacts DESC;

-- contacts: How many contacts can be reached by e-mail, by SMS, and by both.
SELECT email_channel__email IS NOT NULL AS by_email, sms_channel__sms_phone IS NOT NULL AS by_sms,
       count(*) AS contacts
FROM mailchimp.contacts
WHERE _deleted_at IS NULL
GROUP BY 1, 2;

-- campaign_folders: The folders, fullest first.
SELECT name, count AS campaigns
FROM mailchimp.campaign_folders
WHERE _deleted_at IS NULL
ORDER BY campaigns DESC;

-- campaigns: The last campaigns that were sent, with the share that was opened.
SELECT settings__title, send_time, emails_sent, report_summary__open_rate
FROM mailchimp.campaigns
WHERE status = 'sent' AND _deleted_at IS NULL
ORDER BY send_time DESC
LIMIT 20;

-- campaign_content: How long the text of each campaign is.
SELECT campaigns.settings__title, length(content.plain_text) AS characters
FROM mailchimp.campaign_content AS content
JOIN mailchimp.campaigns ON campaigns.id = content.campaign_id
WHERE content._deleted_at IS NULL
ORDER BY characters DESC;

-- campaign_feedback: Comments that are not settled.
SELECT campaigns.settings__title, feedback.created_by, feedback.message
FROM mailchimp.campaign_feedback AS feedback
JOIN mailchimp.campaigns ON campaigns.id = feedback.campaign_id
WHERE NOT feedback.is_complete AND feedback._deleted_at IS NULL
ORDER BY feedback.created_at;

-- sms_campaigns: The campaigns by SMS or WhatsApp, largest first.
SELECT name, channel, status, recipient_count
FROM mailchimp.sms_campaigns
WHERE _deleted_at IS NULL
ORDER BY recipient_count DESC;

-- templates: How many campaigns each template was used for.
SELECT templates.name, count(campaigns.id) AS campaigns
FROM mailchimp.templates
LEFT JOIN mailchimp.campaigns ON campaigns.settings__template_id = templates.id
WHERE templates._deleted_at IS NULL
GROUP BY templates.name
ORDER BY campaigns DESC;

-- template_folders: The folders of templates.
SELECT name, count AS templates
FROM mailchimp.template_folders
WHERE _deleted_at IS NULL
ORDER BY templates DESC;

-- automations: The automations, with what they sent.
SELECT settings__title, status, emails_sent, report_summary__open_rate
FROM mailchimp.automations
WHERE _deleted_at IS NULL
ORDER BY emails_sent DESC;

-- automation_emails: The emails of each automation, in their order.
SELECT automations.settings__title AS automation, emails.position,
       emails.settings__subject_line, emails.delay__full_description, emails.emails_sent
FROM mailchimp.automation_emails AS emails
JOIN mailchimp.automations ON automations.id = emails.workflow_id
WHERE emails._deleted_at IS NULL
ORDER BY automation, emails.position;

-- automation_queue: Who is sent what next.
SELECT queue.next_send, queue.email_address, emails.settings__subject_line
FROM mailchimp.automation_queue AS queue
JOIN mailchimp.automation_emails AS emails
  ON emails.workflow_id = queue.workflow_id AND emails.id = queue.workflow_email_id
WHERE queue._deleted_at IS NULL
ORDER BY queue.next_send
LIMIT 20;

-- automation_removed_subscribers: How many people were taken out of each automation.
SELECT automations.settings__title AS automation, count(*) AS removed
FROM mailchimp.automation_removed_subscribers AS people
JOIN mailchimp.automations ON automations.id = people.workflow_id
WHERE people._deleted_at IS NULL
GROUP BY automations.settings__title;

-- landing_pages: The landing pages and how they did.
SELECT pages.name, pages.status, reports.visits, reports.subscribes
FROM mailchimp.landing_pages AS pages
LEFT JOIN mailchimp.reporting_landing_pages AS reports ON reports.id = pages.id
WHERE pages._deleted_at IS NULL
ORDER BY pages.created_at DESC;

-- file_folders: The folders, fullest first.
SELECT name, file_count
FROM mailchimp.file_folders
WHERE _deleted_at IS NULL
ORDER BY file_count DESC;

-- files: The largest files.
SELECT name, type, size, created_at
FROM mailchimp.files
WHERE _deleted_at IS NULL
ORDER BY size DESC
LIMIT 20;

-- facebook_ads: The ads, with budget and state.
SELECT name, status, budget__total_amount, budget__currency_code, start_time, end_time
FROM mailchimp.facebook_ads
WHERE _deleted_at IS NULL
ORDER BY start_time DESC;

-- reports: How each campaign did.
SELECT campaign_title, send_time, emails_sent, opens__open_rate, clicks__click_rate,
       bounces__hard_bounces + bounces__soft_bounces AS bounces, unsubscribed
FROM mailchimp.reports
WHERE _deleted_at IS NULL
ORDER BY send_time DESC;

-- reports_abuse_reports: Who reported which campaign as spam.
SELECT reports.campaign_title, abuse.email_address, abuse.date
FROM mailchimp.reports_abuse_reports AS abuse
JOIN mailchimp.reports ON reports.id = abuse.campaign_id
WHERE abuse._deleted_at IS NULL
ORDER BY abuse.date DESC;

-- reports_advice: What Mailchimp remarks about the newest campaigns.
SELECT reports.campaign_title, advice.type, advice.message
FROM mailchimp.reports_advice AS advice
JOIN mailchimp.reports ON reports.id = advice.campaign_id
WHERE advice._deleted_at IS NULL
ORDER BY reports.send_time DESC;

-- reports_click_details: The links that were clicked most.
SELECT reports.campaign_title, links.url, links.total_clicks, links.unique_clicks
FROM mailchimp.reports_click_details AS links
JOIN mailchimp.reports ON reports.id = links.campaign_id
WHERE links._deleted_at IS NULL
ORDER BY links.total_clicks DESC
LIMIT 20;

-- reports_click_members: Who clicked the most links.
SELECT email_address, count(*) AS links, sum(clicks) AS clicks
FROM mailchimp.reports_click_members
WHERE _deleted_at IS NULL
GROUP BY email_address
ORDER BY clicks DESC
LIMIT 20;

-- reports_domain_performance: At which mail domains most emails bounce.
SELECT domain, sum(emails_sent) AS emails, sum(bounces) AS bounces, sum(opens) AS opens
FROM mailchimp.reports_domain_performance
WHERE _deleted_at IS NULL
GROUP BY domain
ORDER BY bounces DESC;

-- reports_ecommerce_products: The products that campaigns sold most of.
SELECT title, currency_code, sum(total_purchased) AS sold, sum(total_revenue) AS revenue
FROM mailchimp.reports_ecommerce_products
WHERE _deleted_at IS NULL
GROUP BY title, currency_code
ORDER BY revenue DESC;

-- reports_eepurl: Where visitors of public copies came from.
SELECT referrer, sum(clicks) AS clicks
FROM mailchimp.reports_eepurl
WHERE _deleted_at IS NULL
GROUP BY referrer
ORDER BY clicks DESC;

-- reports_email_activity: How many recipients opened, clicked and bounced, by campaign.
SELECT reports.campaign_title, events.action, count(*) AS events,
       count(DISTINCT events.email_id) AS recipients
FROM mailchimp.reports_email_activity AS events
JOIN mailchimp.reports ON reports.id = events.campaign_id
WHERE events._deleted_at IS NULL
GROUP BY reports.campaign_title, events.action
ORDER BY reports.campaign_title, events.action;

-- reports_locations: In which countries campaigns were opened.
SELECT country_code, sum(opens) AS opens
FROM mailchimp.reports_locations
WHERE _deleted_at IS NULL
GROUP BY country_code
ORDER BY opens DESC;

-- reports_open_details: Who opens most campaigns.
SELECT email_address, count(*) AS campaigns, sum(opens_count) AS opens
FROM mailchimp.reports_open_details
WHERE _deleted_at IS NULL
GROUP BY email_address
ORDER BY campaigns DESC, opens DESC
LIMIT 20;

-- reports_opens: At which hour (UTC) people open, without privacy proxies.
SELECT extract(hour FROM timestamp) AS hour, count(*) AS opens
FROM mailchimp.reports_opens
WHERE NOT is_proxy_open AND _deleted_at IS NULL
GROUP BY 1
ORDER BY 1;

-- reports_sent_to: Who got emails and opened none of them.
SELECT email_address, count(*) AS emails
FROM mailchimp.reports_sent_to
WHERE status = 'sent' AND _deleted_at IS NULL
GROUP BY email_address
HAVING sum(open_count) = 0
ORDER BY emails DESC
LIMIT 20;

-- reports_sub_reports: The parts of campaigns, side by side.
SELECT campaign_id, id, subject_line, emails_sent, opens__unique_opens
FROM mailchimp.reports_sub_reports
WHERE _deleted_at IS NULL
ORDER BY campaign_id, id;

-- unsubscribes: Why people unsubscribe.
SELECT reason, count(*) AS people
FROM mailchimp.unsubscribes
WHERE _deleted_at IS NULL
GROUP BY reason
ORDER BY people DESC;

-- reporting_landing_pages: The pages by how many subscribed there.
SELECT name, unique_visits, subscribes, conversion_rate
FROM mailchimp.reporting_landing_pages
WHERE _deleted_at IS NULL
ORDER BY subscribes DESC;

-- reporting_surveys: The surveys, with how many responded.
SELECT title, status, total_responses
FROM mailchimp.reporting_surveys
WHERE _deleted_at IS NULL
ORDER BY total_responses DESC;

-- reporting_survey_questions: The questions of each survey.
SELECT surveys.title, questions.query, questions.type, questions.total_responses
FROM mailchimp.reporting_survey_questions AS questions
JOIN mailchimp.reporting_surveys AS surveys ON surveys.id = questions.survey_id
WHERE questions._deleted_at IS NULL
ORDER BY surveys.title;

-- reporting_survey_answers: What was answered, most often first.
SELECT questions.query, answers.value, count(*) AS times
FROM mailchimp.reporting_survey_answers AS answers
JOIN mailchimp.reporting_survey_questions AS questions
  ON questions.survey_id = answers.survey_id AND questions.id = answers.question_id
WHERE answers._deleted_at IS NULL
GROUP BY questions.query, answers.value
ORDER BY times DESC;

-- reporting_survey_responses: The newest responses.
SELECT surveys.title, responses.submitted_at, responses.contact__email
FROM mailchimp.reporting_survey_responses AS responses
JOIN mailchimp.reporting_surveys AS surveys ON surveys.id = responses.survey_id
WHERE responses._deleted_at IS NULL
ORDER BY responses.submitted_at DESC
LIMIT 20;

-- reporting_facebook_ads: What each ad cost and brought.
SELECT name, budget__total_amount, report_summary__reach, report_summary__clicks,
       report_summary__ecommerce__total_revenue
FROM mailchimp.reporting_facebook_ads
WHERE _deleted_at IS NULL
ORDER BY report_summary__ecommerce__total_revenue DESC;

-- reporting_facebook_ads_products: The products that ads sold most of.
SELECT title, currency_code, sum(total_purchased) AS sold, sum(total_revenue) AS revenue
FROM mailchimp.reporting_facebook_ads_products
WHERE _deleted_at IS NULL
GROUP BY title, currency_code
ORDER BY revenue DESC;

-- stores: The stores and their audiences.
SELECT stores.name, stores.platform, stores.currency_code, lists.name AS audience
FROM mailchimp.stores
LEFT JOIN mailchimp.lists ON lists.id = stores.list_id
WHERE stores._deleted_at IS NULL;

-- store_carts: What waits for checkout.
SELECT store_id, currency_code, count(*) AS carts, sum(order_total) AS worth
FROM mailchimp.store_carts
WHERE _deleted_at IS NULL
GROUP BY store_id, currency_code;

-- store_cart_lines: What lies in carts most often.
SELECT product_title, count(*) AS carts, sum(quantity) AS pieces
FROM mailchimp.store_cart_lines
WHERE _deleted_at IS NULL
GROUP BY product_title
ORDER BY pieces DESC;

-- store_customers: The customers who spent most.
SELECT email_address, first_name, last_name, orders_count, total_spent
FROM mailchimp.store_customers
WHERE _deleted_at IS NULL
ORDER BY total_spent DESC
LIMIT 20;

-- store_orders: Revenue by campaign.
SELECT reports.campaign_title, orders.currency_code, count(*) AS orders,
       sum(orders.order_total) AS revenue
FROM mailchimp.store_orders AS orders
LEFT JOIN mailchimp.reports ON reports.id = orders.campaign_id
WHERE orders._deleted_at IS NULL
GROUP BY reports.campaign_title, orders.currency_code
ORDER BY revenue DESC;

-- store_order_lines: The products that bring most revenue.
SELECT product_title, sum(quantity) AS pieces, sum(quantity * price) AS revenue
FROM mailchimp.store_order_lines
WHERE _deleted_at IS NULL
GROUP BY product_title
ORDER BY revenue DESC;

-- store_order_promos: How much each promo code took off.
SELECT code, count(*) AS orders, sum(amount_discounted) AS taken_off
FROM mailchimp.store_order_promos
WHERE _deleted_at IS NULL
GROUP BY code
ORDER BY taken_off DESC;

-- store_products: Products that nobody ordered come last.
SELECT products.title, count(lines.id) AS lines
FROM mailchimp.store_products AS products
LEFT JOIN mailchimp.store_order_lines AS lines
  ON lines.store_id = products.store_id AND lines.product_id = products.id
WHERE products._deleted_at IS NULL
GROUP BY products.title
ORDER BY lines DESC;

-- store_product_variants: What is about to be out of stock.
SELECT product_id, title, sku, inventory_quantity
FROM mailchimp.store_product_variants
WHERE _deleted_at IS NULL
ORDER BY inventory_quantity
LIMIT 20;

-- store_product_images: How many images each product has.
SELECT store_id, product_id, count(*) AS images
FROM mailchimp.store_product_images
WHERE _deleted_at IS NULL
GROUP BY store_id, product_id
ORDER BY images DESC;

-- store_promo_rules: The rules that are switched on.
SELECT title, type, amount, target, starts_at, ends_at
FROM mailchimp.store_promo_rules
WHERE enabled AND _deleted_at IS NULL
ORDER BY starts_at;

-- store_promo_codes: The codes that are used most.
SELECT codes.code, rules.title AS rule, codes.usage_count
FROM mailchimp.store_promo_codes AS codes
JOIN mailchimp.store_promo_rules AS rules
  ON rules.store_id = codes.store_id AND rules.id = codes.promo_rule_id
WHERE codes._deleted_at IS NULL
ORDER BY codes.usage_count DESC;
