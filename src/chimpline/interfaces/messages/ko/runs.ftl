# 위치.
place = { $what ->
    [audience] 오디언스
    [campaign] 캠페인
    [automation] 자동화
    [segment] 세그먼트
    [store] 스토어
    [promo-rule] 프로모션 규칙
   *[interest-category] 관심사 범주
} { $id }
place-called = { place }({ $name })
place-within = { $outer }, { $inner }
slice-of = { $below }의 { $table }

# 실행이 끝난 방식.
run-killed = 실행이 강제 종료되었거나 컴퓨터가 꺼졌습니다. { kept-committed } 숫자는 실행이 마지막으로 알린 값입니다.
run-stopped-at-once = 두 번째 Ctrl-C 또는 신호로 실행이 바로 중지되었습니다. { kept-committed } 숫자는 실행이 마지막으로 알린 값입니다.
run-started-elsewhere = 다른 컴퓨터에서 또는 다른 상태 디렉터리로 시작된 실행입니다. 아직 진행 중인지는 여기에서 알 수 없습니다. 여기에서 시작하는 다음 실행이 이 실행을 종료된 것으로 기록합니다.
run-stopped-before = 중지되었습니다.
run-stopped = 실행이 중지되었습니다.
run-incomplete = 테이블 { $tables }개 중 { $wrong }개가 완전하지 않을 수 있습니다: { $which }. 다른 테이블은 모두 완전히 복제되었습니다.

# 테이블이 끝난 방식.
table-not-read = 이 테이블을 완전히 읽기 전에 실행이 끝났습니다.
two-said = { $one } { $two }
three-said = { $one } { $two } { $three }
more-said = { $one } { $two } { $three } { $more }개 부분에 같은 문제가 더 있습니다.
table-depends-on = { $table } 테이블이 의존하는 { $where }의 상태: { $state }.
table-left-out-refused = { $cause }
table-left-out-below = { $table } 테이블은 { $above }에 의존합니다. { $cause }
feature = { $what ->
    [ads] Facebook 광고
    [ad-reports] Facebook 광고 보고서
    [landing-pages] 랜딩 페이지
    [contacts-beta] 연락처 베타
    [sms-campaigns] SMS 캠페인
    [landing-page-reports] 랜딩 페이지 보고서
    [surveys] 설문 조사
    [survey-reports] 설문 조사 보고서
   *[stores] 스토어
}
feature-lacking = 이 계정에 { $feature } 기능이 없거나, 요금제 또는 사용자 역할 때문에 볼 수 없습니다. { $cause } 나머지는 모두 그대로 복사합니다. 제외된 테이블: { $tables }
feature-rows-stay = { $said } 이전에 복사한 행은 그대로 남아 있습니다.
slice-deleted = { $where }: 이 실행 중에 Mailchimp에서 삭제되었습니다.
slice-not-found = { $where }: { $cause } 다시 실행하십시오.
slice-failed = { $where }: { $cause }
slice-broken = { $where }: { $cause } 그 전에 읽은 것은 보존됩니다. 다시 실행하십시오. 반복되면 이 실행의 로그와 함께 보고해 주십시오.
slice-unproven = { $where }: 복제본이 완전하지 않을 수 있습니다({ $why }). 읽은 행은 저장되었으며, 삭제됨으로 표시된 것은 없습니다. 계정의 변경이 적을 때 다시 실행하십시오.
slice-odd = { $where }: { $why }. 따라서 이 테이블은 완전하지 않습니다. 다른 행은 모두 복제되었으며, 삭제됨으로 표시된 것은 없습니다. Mailchimp에서 이 레코드를 확인하십시오. 키가 있는 레코드의 키는 _chimpline_slices 테이블에 있습니다. 모든 실행에서 다시 읽습니다.

# 실행이 읽게 될 것.
refused-above = { $above }에 의존합니다. { $why }
estimate-unreadable = 읽을 수 없음: { $why }
estimate-all-members = 모든 구성원
estimate-changes = 오디언스 { $slices }개 중 { $changes }개의 변경 내용만
estimate-gated = { $of ->
    [campaigns] 캠페인
    [segments] 세그먼트
   *[slices] 슬라이스
} { $slices }개 중 { $read }개가 새것이거나 변경됨
estimate-riding = { $host }의 레코드와 함께 옴
estimate-all-rows = 매 실행에서 모든 행을 읽음

# 실행이 할 수 없는 것.
run-hashes-without-salt = { $tables } 테이블의 열을 해시해야 하지만, 이 연결에 솔트가 없습니다.
    .do = 솔트를 보관하는 연결의 이름으로 실행하십시오.
run-key-hashed-otherwise = { $tables } 테이블에서 해시되는 키가 변경되었습니다. 삭제된 행을 포함한 모든 행을 제거하고 다시 읽어야 합니다.
    .do = --full-refresh로 한 번 실행하거나, 다른 데이터 세트를 선택하거나, 변경을 되돌리십시오.
run-database-given-up = 데이터베이스가 { $minutes }분 동안 응답하지 않았습니다.
    .do = 데이터베이스와 그 앞에 있는 것이 정상인지 확인한 다음 다시 실행하십시오.

# 실행에 대해 알아야 할 것.
run-database-silent = 데이터베이스가 { $seconds }초 동안 응답하지 않았습니다. 계속 기다립니다.
run-removes-rows = 모든 행을 제거하고 다시 읽습니다. 변경된 것: { $paths }.
run-empties = 비우고, 유지되는 곳에서 다시 읽습니다: { $paths }.
run-reads-more = 더 많은 것을 선택했으므로 다시 읽습니다: { $paths }.
run-clock-behind = Mailchimp의 시계는 { $theirs } UTC, 이 컴퓨터의 시계는 { $ours } UTC입니다. 그 사이에 변경되는 것을 놓치지 않도록 이른 시각을 사용합니다. 이 컴퓨터의 시계를 확인하십시오.
run-clock-was-wrong = 이전 실행이 잘못된 시계의 시각을 사용했습니다. 기록된 시각은 { $noted }, 오늘은 { $today }입니다. 읽은 것으로 기록된 내용(항목 { $entries }개)을 버리고 지금 다시 읽습니다. 제거된 행은 없습니다.
run-met-fields = Mailchimp가 열이 없는 필드를 보냈습니다: { $paths }{ $more }. 그 값은 _extra 열에 있습니다.
run-met-broken-characters = 일부 텍스트에 깨진 문자가 있습니다. 그 자리에 �을 저장했습니다.
and-so-many-more = {" "}외 { $more }개
schema-change = 스키마 { $version }: { $change }.
estimate-not-due = 읽을 때가 아님: 마지막 읽기 { $read } UTC, 다음 읽기 { $until } UTC
tables-offered = 이 버전은 기본으로 테이블 { $count }개를 더 복제할 수 있습니다. 이 데이터 세트는 지금의 테이블을 유지합니다. 이 테이블도 복제하려면 --tables default로, 또는 일부의 이름을 적어 한 번 실행하십시오. tables = "default" 또는 "all"이면 새 테이블을 언제나 바로 복제합니다. 처음에 드는 요청: { $tables }
table-offered = { $table }: { $cost }
cost-requests = 요청 약 { $requests }건
cost-below = { $parent }의 행마다 요청 1건
tables-not-due = 읽을 때가 되지 않아 이번 실행에서 읽지 않은 테이블: { $tables }
table-not-due = { $table }(마지막 읽기 { $read } UTC, 다음 읽기 { $until } UTC)
slices-not-due = 읽을 때가 되지 않은 세그먼트 { $many }개를 마지막 읽기 시점 그대로 두었습니다. 이 세그먼트의 조건은 아무 표시 없이 달라질 수 있는 값을 보므로 한 시간에 한 번 읽습니다.
