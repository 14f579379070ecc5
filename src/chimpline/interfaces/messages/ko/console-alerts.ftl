# 알림: 보내는 내용과 설정 페이지.

# 보내는 내용.
alert-failure = { $subject } 파이프라인의 마지막 실행이 실패했습니다(실행 { $run_id }). 이전에 저장된 내용은 모두 그대로 있습니다. 원인과 조치 방법은 콘솔의 실행 페이지에 있습니다.
    .title = chimpline: { $subject } 실패
alert-unproven = { $subject } 파이프라인의 마지막 실행에서 모든 테이블이 완전한지 검증하지 못했습니다(실행 { $run_id }). 콘솔의 실행 페이지에서 해당 테이블을 확인하십시오. 다음 실행에서 다시 읽습니다.
    .title = chimpline: { $subject } 미검증
alert-late = { $subject } 파이프라인의 데이터가 목표보다 오래되었습니다. 콘솔에서 최근 실행을 볼 수 있습니다.
    .title = chimpline: { $subject } 지연
alert-reauthentication = Mailchimp가 { $subject } 연결의 로그인을 더 이상 받아들이지 않습니다. 콘솔에서 다시 로그인할 때까지 그 파이프라인을 실행할 수 없습니다.
    .title = chimpline: { $subject } 재인증 필요
alert-schema = { $subject } 파이프라인의 마지막 실행에서 Mailchimp의 스키마 변경을 발견했습니다. 열이 없는 필드, 또는 다른 병합 필드나 관심사입니다(실행 { $run_id }). 손실된 것은 없습니다. 자세한 내용은 실행의 로그에 있습니다.
    .title = chimpline: { $subject } 스키마 변경
alert-recovery = { $subject } 파이프라인이 다시 정상입니다. 실행 { $run_id }에서 모든 테이블이 완전함을 검증했습니다.
    .title = chimpline: { $subject } 정상
alert-recovery-sign-in = { $subject } 연결에 다시 로그인했습니다.
    .title = chimpline: { $subject } 정상
alert-test = { $alert } 알림의 테스트입니다. 아무 일도 일어나지 않았습니다.
    .title = chimpline: 테스트

# 조치가 필요한 것.
need-late = { $pipeline } 파이프라인의 데이터가 목표보다 오래되었습니다.
    .do = 최근 실행과, 예약이 일시 중지되었는지 확인하십시오.
need-see-pipeline = 파이프라인 보기

# 최신성.
overview-target = 목표 { $target }
overview-late = 지연

# 페이지.
settings-alerts = 알림
alerts-title = 알림
alerts-why = 알림은 원인마다 한 번, 해결되면 한 번 더 보냅니다. 파이프라인이나 연결과 실행의 이름만 들어가며, 구성원, 주소, 비밀 값은 들어가지 않습니다.
alerts-none = 아직 알림이 없습니다. 실행이 실패해도 아무에게도 알리지 않습니다.
column-alert = 알림
alert-everything = 전체
column-service = 서비스
column-on = 알리는 것
column-pipelines = 파이프라인
alerts-every-pipeline = 전체
alert-no-address = 아직 주소 없음
alert-kind-failure = 실패
alert-kind-recovery = 복구
alert-kind-re-authentication = 재인증 필요
alert-kind-late = 데이터 지연
alert-kind-unproven = 미검증
alert-kind-schema = Mailchimp의 스키마 변경
alert-add = 알림 추가
alert-change = { $name } 변경
alert-edit = 변경
alert-save = 저장
alert-send-test = 테스트 보내기
alert-test-of = { $name } 알림에 테스트 보내기
alert-remove = 제거
alert-remove-of = { $name } 제거
alert-remove-sure = { $name } 알림과 그 주소가 삭제됩니다. 아직 보내지 않은 메시지는 보내지 않습니다.
field-alert-name = 이름
field-address = 주소
field-address-kept = 새 주소(현재 주소를 유지하려면 비워 두십시오)
alert-address-help = 주소는 비밀 값입니다. 암호화되어 저장되며 다시 표시되지 않습니다.
alert-services = 사용할 수 있는 주소
column-example = 주소의 예
field-kinds = 알리는 것
field-pipelines = 파이프라인
field-pipelines-help = 선택하지 않으면 나중에 추가되는 것을 포함한 모든 파이프라인에 대해 알립니다.
alert-done-saved = { $name } 알림을 저장했습니다.
alert-done-removed = { $name } 알림을 제거했습니다.
alert-done-sent = { $name } 알림의 서비스가 테스트를 받아들였습니다. 도착했는지 확인하십시오.
alert-test-failed = { $name } 알림의 테스트를 보내지 못했습니다.
    .do = 주소와, 이 컴퓨터에서 서비스에 연결할 수 있는지 확인하십시오. 그다음 주소를 다시 입력하십시오.
alert-test-refused = { $name } 알림의 서비스가 테스트를 거부했습니다(상태 { $status }).
    .do = 주소를 확인하십시오. 웹훅이 삭제되었거나 토큰이 폐기되었을 수 있습니다. 그다음 주소를 다시 입력하십시오.
alerts-sent = 최근 메시지
column-message = 메시지
column-sent = 전송
alert-not-yet = 아직 보내지 않음
alert-tried-again = { $tries }회 시도함, { $wait } 후 다시 시도
alert-waits-for-address = 알림 주소를 기다리는 중
alert-enter-address = 주소 입력
alert-given-up = { $tries }회 시도 후 중단함
alert-trouble-unreachable = 서비스에 연결할 수 없었거나 서비스가 받아들이지 않았습니다.
alert-trouble-refused = 서비스가 거부했습니다.
alert-trouble-no-address = 알림에 주소가 없습니다.
alert-trouble-vault = 저장소에서 주소를 읽을 수 없었습니다.

# 알림이 될 수 없는 것.
alert-name = { $name }: 알림 이름으로 쓸 수 없습니다.
    .do = 영문자, 숫자, -, _만 사용하고, 영문자나 숫자로 시작해 60자 이내로 정하십시오.
alert-unknown = { $name } 알림이 없습니다.
    .do = 설정의 알림 페이지에서 모든 알림을 볼 수 있습니다.
alert-without-kind = 알릴 것이 선택되지 않아 이 알림은 전송되지 않습니다.
    .do = 하나 이상 선택하십시오.
alert-without-address = 알림에 주소가 없습니다.
    .do = 주소를 입력하십시오.
alert-address-not-understood = 알림을 보낼 수 있는 주소가 아닙니다.
    .do = 주소는 다음 중 하나로 시작하고 ://가 이어집니다: { $schemes }. 나머지는 예를 참고하십시오.
alert-address-parameter = { $service } 주소에 { $name }을(를) 쓸 수 없습니다.
    .do = 빼고 주소를 다시 입력하십시오.
alert-pipeline-unknown = { $alert } 알림({ $place })에 지정된 { $pipeline } 파이프라인이 없습니다.{ $near }
    .do = 고치거나 빼십시오. 현재 파이프라인: { $known }.
alert-name-taken = { $name } 알림이 이미 있습니다.
    .do = 다른 이름을 정하거나 그 알림을 변경하십시오.
