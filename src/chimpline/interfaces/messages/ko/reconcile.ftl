reconcile-no-copy = { $destination }, 데이터 세트 { $dataset }에 복제본이 없습니다.
    .do = 실행이 쓴 대상과 데이터 세트를 지정하거나(--to, --dataset), 먼저 실행하십시오.
reconcile-other-account = 이 데이터 세트는 Mailchimp 계정 { $theirs }({ $their_id })에 속하며, 키는 { $ours }({ $our_id }) 계정의 것입니다.
    .do = 그 계정의 연결로 비교하십시오.

# 행이 다른 이유.
difference-why = { $kind ->
    [new] 실행 이후 Mailchimp에 새로 생김
    [reopened] 누락: 실행 이후 새 내용을 알려 주는 값이 변경되어 다음 실행에서 다시 읽음
    [changed] 실행 이후 Mailchimp에서 변경됨
    [archived] 실행 이후 보관되었거나 보관 해제됨
    [gone] Mailchimp에 더 이상 없음
    [outside] 설정이 선택한 범위 밖
    [kept] 유지: 캠페인이 삭제되어도 활동은 복제본에 남음
    [not-copied] 아직 어떤 실행에서도 복제하지 않음
    [unproven] 아직 어떤 실행도 이 부분을 완전히 읽지 않음
    [lost] 손실: 마지막 실행이 읽을 때 Mailchimp에 있었지만 복제본에 없음
    [buried] 존재하지만 삭제됨으로 표시됨
    [altered] 실행 이후 Mailchimp에서 변경되지 않았지만 다름
    [not-due] 다름: 아직 읽을 때가 되지 않은 테이블 또는 세그먼트이며 마지막 읽기 시점 기준임
    [untold-row] 누락: 실행 이후 새로 생겼거나 손실됨. Mailchimp는 어느 쪽인지 알려 주지 않음
    [untold-cell] 다름: 실행 이후 변경되었거나 복제본에서 변경됨. 어느 쪽인지 알 수 없음
    [fewer] 복제본에 더 적음
    [more] 복제본에 더 많고 실행 이후 변경된 것이 없음: Mailchimp에서 삭제됨
    [doubled] 복제본에 두 번 있음: 다른 프로그램이 썼으며 다음 실행에서 제거함
   *[unread] 읽을 수 없음
}

# 그 밖에 알려진 것.
note-and = { $one }; { $other }
note-uncountable = 셀 수 없음({ $why }): 키를 비교하십시오(--level keys)
note-undercounted = Mailchimp의 총수는 세그먼트의 구성원보다 적게 셈
note-recipients = 여기에서 Mailchimp는 이벤트가 아니라 수신자를 셈
note-riding = { $host } 레코드의 항목이며 Mailchimp가 세지 않음
note-no-total = Mailchimp가 총수를 알려 주지 않음
note-members-uncountable = 셀 수 없음(Mailchimp가 총수를 알려 주지 않음)
note-outside-window = 캠페인 { $campaigns }개가 활동 기간 밖에 있음
note-not-listed = 상위 레코드가 Mailchimp의 목록에 더 이상 없음
note-counts = Mailchimp에 { $theirs }개, 복제본에 { $ours }개
note-members = 그때까지 Mailchimp에 { $theirs }개, 복제본에 { $ours }개{ $which }
note-of-ask = {" "}({ $ask })
note-as-many-changed = 같은 수가 변경되었거나 일부가 삭제됨: 키를 비교하십시오(--level keys)
note-since-the-run = 실행 이후 변경되었거나 새로 생김
note-lacking = 계정에 없는 기능이므로 비교하지 않음({ $cause })
note-asked-by-id = ID로 요청함

# Mailchimp 페이지의 숫자와 다른 이유.
dashboard-contacts = { $where }: Mailchimp에는 연락처 { $shown }개(stats.member_count, 구독 중인 연락처)가 표시되고, 복제본에는 행이 { $rows }개 있습니다({ $which }). Mailchimp의 숫자에는 unsubscribed, cleaned, archived, pending, transactional 상태의 연락처가 들어 있지 않습니다.
dashboard-activity = Mailchimp의 보고서에는 { $action } { $shown }개가 집계되고, 복제본에는 { $action } 이벤트가 { $rows }개 있습니다. 숫자가 다른 이유는 다음과 같습니다. 보고서는 삭제된 구성원의 이벤트와 수신자별 1,000개를 넘는 이벤트처럼 Mailchimp가 더 이상 나열하지 않는 이벤트도 셉니다. 보고서는 이미지 프록시의 열람을 세지 않을 수 있지만, 이는 이벤트입니다. 보고서는 시작일과 활동 기간을 적용하지 않습니다. 복제본은 삭제된 캠페인의 이벤트를 유지합니다.
