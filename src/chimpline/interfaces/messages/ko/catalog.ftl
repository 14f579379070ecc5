# 카탈로그의 테이블을 지정할 때만 복제하는 이유.
off-each-member = 구성원마다 요청이 한 번 필요하고, 행이 변경된 구성원마다 다시 한 번 필요합니다.
off-each-member-of-many-tags = 실행할 때마다 모든 구성원을 나열하며, 태그가 50개 이상인 구성원마다 요청이 한 번 필요합니다.
off-each-campaign = 캠페인마다 요청이 한 번 필요하고, 아직 발송되지 않은 캠페인은 실행할 때마다 다시 읽으며, 응답마다 이메일 전체가 들어 있습니다.
off-each-link = 캠페인의 링크마다 요청이 한 번 필요하고, 그 후 클릭된 링크마다 다시 한 번 필요합니다.
off-beta-audiences = Mailchimp가 베타로 제공하므로 예고 없이 변경되거나 종료될 수 있습니다. 오디언스마다 `lists`보다 적은 정보를 담고 있습니다.
off-beta-contacts = Mailchimp가 베타로 제공하므로 예고 없이 변경되거나 종료될 수 있습니다. 내용 대부분이 `list_members`에 있으며, 실행할 때마다 전체를 읽습니다.
off-newer-than-specification = Mailchimp의 이 목록은 chimpline이 따르는 사양보다 새로우며, 실제 계정의 응답을 확인하지 못했습니다.

# 테이블을 보여 주는 그룹.
group-account = 계정
group-audiences = 오디언스
group-contacts = 연락처(베타)
group-campaigns = 캠페인
group-reports = 캠페인 보고서
group-reporting = 페이지, 설문, 광고 보고서
group-stores = 스토어
