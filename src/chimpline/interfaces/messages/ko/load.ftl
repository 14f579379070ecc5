# 대상의 위치.
url-refused = 이 대상을 사용할 수 없습니다: { $reason }.
    .do = { $urls } 형식으로 쓰십시오.
url-of-no-kind = 이 대상을 사용할 수 없습니다. { $scheme }:... 형식의 URL을 쓰는 대상 종류가 없습니다.
    .do = { $urls } 형식으로 쓰십시오.
url-holds-password = 이 대상을 사용할 수 없습니다. URL에 비밀번호가 들어 있습니다.
    .do = 비밀번호를 빼십시오. 비밀번호는 환경 변수 CHIMPLINE_DESTINATION_PASSWORD 또는 PGPASSWORD, ~/.pgpass 파일, pg_service.conf의 서비스(?service=name)로 전달하거나, 대상에 이름을 정해 저장하십시오: chimpline destination NAME. 셸에 입력했거나 공유했다면 비밀번호를 변경하십시오.
dataset-names-no-schema = 데이터 세트 이름 { $name }은(는) 스키마 이름으로 쓸 수 없습니다.
    .do = mailchimp처럼 1~{ $most }바이트의 이름을 선택하십시오.

# URL이 대상을 가리키지 않는 이유, 콜론 뒤.
url-is-none = URL이 아님
url-names-no-file = 파일을 지정하지 않음
url-holds-marks = '?' 또는 '#'이 들어 있음. 파일 이름에서는 %3F와 %23으로 씀
url-of-two-servers = 두 서버의 주소로 읽힐 수 있음. '#'은 %23으로, 사용자 이름의 '@'는 %40으로, '?'는 %3F로 씀
url-writes-keys = 키 파일을 쓰게 함(sslkeylogfile)

# 모든 데이터베이스.
load-opened-for-reading = 대상이 읽기 전용으로 열려 있습니다.
    .do = 쓰기용으로 여십시오.
load-statement-refused = { $database }에서 명령문을 거부했습니다({ $said }).
    .do = 데이터 세트에 직접 추가한 것(제약 조건, 트리거, 뷰, 열)이 있다면 제거하고 다시 실행하십시오. 없다면 이 실행의 로그와 함께 보고해 주십시오.
load-newer-ledger = 이 데이터 세트는 더 새로운 chimpline이 쓴 것입니다(원장 형식 { $found }, 현재 버전이 아는 형식 { $known }).
    .do = chimpline을 업그레이드하거나 다른 데이터 세트를 선택하십시오.
load-dataset-of-another-account = 이 데이터 세트는 Mailchimp 계정 { $theirs }({ $their_id })에 속하며, 이 실행은 { $ours }({ $our_id }) 계정을 위한 것입니다.
    .do = 이 계정에 다른 데이터 세트를 선택하거나, 그 계정의 연결을 사용하십시오.

# 사용자가 테이블에 추가한 것.
load-rows-fell = { $table } 테이블의 행 { $wanted }개 중 { $lost }개가 기록되지 않았습니다. 사용자가 만든 다음 개체가 모든 쓰기에 작용합니다: { $standing }.
    .do = 이 개체를 삭제하거나 비활성화하고(ALTER TABLE .. DISABLE TRIGGER ..) 다시 실행하십시오. 그 작업은 별도의 테이블이나 뷰에서 하십시오.
load-rows-fell-unexplained = { $table } 테이블의 행 { $wanted }개 중 { $lost }개가 기록되지 않았습니다. 사용자가 만든 개체가 모든 쓰기에 작용하지만, 어떤 개체인지 알 수 없습니다.
    .do = 이 개체를 삭제하거나 비활성화하고(ALTER TABLE .. DISABLE TRIGGER ..) 다시 실행하십시오. 그 작업은 별도의 테이블이나 뷰에서 하십시오.
load-rows-refused = { $table } 테이블이 행을 거부했습니다: { $said }. 사용자가 만든 다음 개체가 모든 쓰기에 작용합니다: { $standing }.
    .do = 행을 거부하는 개체를 삭제하고 다시 실행하십시오. 그 작업은 별도의 테이블이나 뷰에서 하십시오.
load-rows-went = 행 { $left }개가 남아야 하는 쓰기 후에 { $table } 테이블의 행이 { $found }개입니다. 사용자가 만든 다음 개체가 모든 쓰기에 작용합니다: { $standing }.
    .do = 이 개체를 삭제하거나 비활성화하고(ALTER TABLE .. DISABLE TRIGGER ..) 다시 실행하십시오. 그 작업은 별도의 테이블이나 뷰에서 하십시오.
load-table-hindered = { $cause }
    .do = { $cause }
load-table-not-ours = 데이터 세트에 chimpline이 만들지 않은 { $type } { $table }이(가) 있습니다.
    .do = 그 { $type }의 이름을 바꾸거나 다른 데이터 세트를 선택하십시오.
load-table-not-ours-and-moved = 데이터 세트에 chimpline이 만들지 않은 { $type } { $table }이(가) 있습니다. 원래 그 이름의 테이블은 현재 { $moved }입니다.
    .do = 그 { $type }의 이름을 바꾸거나 다른 데이터 세트를 선택하십시오.
load-column-in-use = { $table } 테이블의 { $column } 열을 { $type } 형식으로 바꿔야 하지만, 사용자가 만든 다음 개체가 이 테이블을 사용합니다: { $users }.
    .do = 이 개체를 삭제하고 다시 실행한 다음, 다시 만드십시오.
load-change-stopped = { $table } 테이블에 다음 작업이 필요하지만 데이터베이스가 거부합니다({ $must }): { $said }. 사용자가 만든 다음 개체가 테이블에 의존하거나 작용합니다: { $standing }.
    .do = 이 개체를 삭제하고 다시 실행한 다음, 다시 만드십시오.
load-change-refused = { $table } 테이블에 다음 작업이 필요하지만 데이터베이스가 거부합니다({ $must }): { $said }.
    .do = 그곳에서 변경한 것을 되돌리고 다시 실행하십시오.
load-change-failed = { $table } 테이블에 다음 작업이 필요하지만 데이터베이스가 거부합니다({ $must }): { $said }.
    .do = { $cause }

# 테이블에 필요한 작업.
must-be-given-column = 열 추가
must-be-renamed = 이름 변경
must-have-column-changed = { $column } 열 변경
must-have-column-altered = { $column } 열 변경, { $how }
must-have-column-back = { $column } 열 복원
must-have-key-filled = 키 채우기
must-have-rows-once = 중복 행 제거
must-have-primary-key-back = 기본 키 복원
must-have-index-back = 인덱스 복원
load-older-ledger = 먼저 데이터 세트의 원장을 형식 { $format }(으)로 변환해야 합니다. { $cause }
    .do = { $cause } 이 사용자에게 권한이 없다면, chimpline의 테이블을 소유한 사용자로 한 번 실행하십시오.

# 새 버전이나 사용자의 선택으로 테이블에서 변경된 것.
table-created = 테이블 { $table } 생성
table-put-aside = 테이블 { $table }의 이름을 { $aside }(으)로 변경({ $why }). 다시 읽음{ $reading }
column-added = { $table } 테이블에 { $column } 열 추가
column-changed = { $table } 테이블의 { $column } 열을 { $type } 형식으로 변경
column-put-aside = { $table } 테이블의 { $column } 열의 이름을 { $aside }(으)로 변경하고 { $column } 열을 { $type } 형식으로 추가

# 사람이 테이블을 변경한 후 바로잡은 것.
table-moved = { $table } 테이블이 없어졌으며, 현재 이름은 { $moved }입니다. 새로 만들어 다시 읽습니다.{ $reading }
table-dropped = { $table } 테이블이 없어졌습니다. 누군가 삭제했거나 이름을 바꾸었습니다. 새로 만들어 다시 읽습니다.
table-spoilt = { $table } 테이블의 행을 구별할 수 없습니다({ $why }). 테이블의 이름을 모든 행과 함께 { $aside }(으)로 바꾸고, 새로 만들어 다시 읽습니다.{ $reading }
table-still-used = {" "}chimpline은 { $aside } 테이블을 더 이상 업데이트하지 않지만, 다음 개체가 아직 사용합니다: { $users }.
spoilt-key-column = 키 열 { $column }이(가) 없어짐
spoilt-key = 키가 변경됨
spoilt-values = { $column } 열의 값이 모두 { $type } 형식은 아님
column-added-again = { $table } 테이블의 { $column } 열이 없어졌습니다. 다시 추가했으며, 채우기 위해 테이블을 다시 읽습니다.
column-changed-back = { $table } 테이블의 { $column } 열이 { $reported } 형식으로 변경되어 있었습니다. { $wanted } 형식으로 되돌렸으며, 테이블을 다시 읽습니다.
column-misfit = { $table } 테이블의 { $column } 열이 { $reported } 형식으로 변경되어 있었으며, 그 값이 더 이상 { $wanted } 형식에 맞지 않습니다. 그 열의 이름은 이제 { $aside }입니다. { $column } 열을 새로 추가했으며, 채우기 위해 테이블을 다시 읽습니다.
column-renamed-back = { $table } 테이블의 { $column } 열 이름이 { $now }(으)로 변경되어 있었습니다. 다시 { $column }(으)로 바꾸었으며, 값은 그대로입니다.
columns-exchanged = { $table } 테이블의 열이 삭제 후 다시 추가되었거나 서로 이름이 바뀌었습니다. 채우기 위해 테이블을 다시 읽습니다.
column-filled-by-database = { $table } 테이블의 { $column } 열을 데이터베이스가 직접 채우고 있었습니다. 다시 Mailchimp의 값을 받으며, 테이블을 다시 읽습니다.
column-not-null = 누군가 { $table } 테이블의 { $column } 열을 NOT NULL로 만들었습니다. Mailchimp가 값을 보내지 않을 수 있으므로 다시 비울 수 있게 했습니다. 변경된 행은 없습니다.
column-not-null-of-others = 누군가 { $table } 테이블의 { $column } 열을 NOT NULL로 만들었습니다. chimpline에는 이 열의 값이 없으므로 다시 비울 수 있게 했습니다. 변경된 행은 없습니다.
column-not-null-again = NOT NULL이 삭제되어 { $table } 테이블의 { $column } 열을 비울 수 있었습니다. NOT NULL을 다시 설정했습니다.
rows-without-key = { $table } 테이블에서 키가 없는 행 { $count }개를 제거했습니다. Mailchimp가 보냈을 수 없는 행입니다. 테이블을 다시 읽습니다.
rows-twice = { $table } 테이블에 행 { $count }개가 두 번 있었습니다. chimpline은 그렇게 쓰지 않습니다. 하나씩만 남겼습니다.
rows-twice-unlike = { rows-twice } 서로 다른 행이 있었으므로 테이블을 다시 읽습니다.
primary-key-again = { $table } 테이블의 기본 키가 없어졌습니다. 다시 만들었습니다.
index-again = { $table } 테이블의 인덱스가 없어졌습니다. 다시 만들었습니다.
rows-removed-by-others = chimpline이 마지막으로 쓴 후 다른 프로그램이 { $table } 테이블에서 행 { $count }개를 제거했습니다. 테이블을 다시 읽습니다.
rows-added-by-others = chimpline이 마지막으로 쓴 후 다른 프로그램이 { $table } 테이블에 행 { $count }개를 추가했습니다. 테이블을 다시 읽습니다. Mailchimp에 없는 행은 deletes 설정에 따라 표시되거나, 제거되거나, 그대로 남습니다.

# 과거 기록을 보관하는 테이블의 경우: Mailchimp는 과거를 제공하지 않으므로 다시 읽지 않습니다.
past-moved = 과거 기록 { $table } 테이블이 없어졌으며, 현재 이름은 { $moved }입니다. 새로 만들었으며, 기록은 이번 실행부터 시작합니다.{ $reading }
past-dropped = 과거 기록 { $table } 테이블이 없어졌습니다. 누군가 삭제했거나 이름을 바꾸었습니다. 새로 만들었으며, 기록은 이번 실행부터 시작합니다.
past-spoilt = 과거 기록 { $table } 테이블의 행을 구별할 수 없습니다({ $why }). 테이블의 이름을 모든 행과 함께 { $aside }(으)로 바꾸었습니다. 새로 만들었으며, 기록은 이번 실행부터 시작합니다.{ $reading }
past-column-added-again = 과거 기록 { $table } 테이블의 { $column } 열이 없어졌습니다. 다시 추가했으며, 기존 행에서는 비어 있습니다.
past-column-changed-back = 과거 기록 { $table } 테이블의 { $column } 열이 { $reported } 형식으로 변경되어 있었습니다. { $wanted } 형식으로 되돌렸습니다.
past-column-misfit = 과거 기록 { $table } 테이블의 { $column } 열이 { $reported } 형식으로 변경되어 있었으며, 그 값이 더 이상 { $wanted } 형식에 맞지 않습니다. 그 열의 이름은 이제 { $aside }입니다. { $column } 열을 새로 추가했으며, 기존 행에서는 비어 있습니다.
past-columns-exchanged = 과거 기록 { $table } 테이블의 열이 삭제 후 다시 추가되었거나 서로 이름이 바뀌었습니다. 기존 행은 그대로 두었습니다.
past-column-filled-by-database = 과거 기록 { $table } 테이블의 { $column } 열을 데이터베이스가 직접 채우고 있었습니다. 다시 Mailchimp의 값을 받으며, 기존 행은 그대로 두었습니다.
past-rows-without-key = 과거 기록 { $table } 테이블에서 키가 없는 행 { $count }개를 제거했습니다. chimpline은 그런 행을 쓰지 않습니다.
past-rows-twice-unlike = { rows-twice } 서로 다른 행이 있었으며, 어느 것이 맞는지 chimpline은 알 수 없습니다.
past-rows-removed-by-others = chimpline이 마지막으로 쓴 후 다른 프로그램이 과거 기록 { $table } 테이블에서 행 { $count }개를 제거했습니다. 그 행은 되돌아오지 않습니다.
past-rows-added-by-others = chimpline이 마지막으로 쓴 후 다른 프로그램이 과거 기록 { $table } 테이블에 행 { $count }개를 추가했습니다. Mailchimp는 과거를 제공하지 않으므로 chimpline은 그 행을 확인할 수 없습니다.

# 오디언스의 뷰.
view-called-otherwise = 데이터 세트에 chimpline의 것이 아닌 { $theirs } 테이블 또는 뷰가 이미 있으므로, 오디언스 뷰의 이름을 { $view }(으)로 정했습니다.
view-stays-in-use = 모든 행이 복제되었지만, 사용자가 만든 뷰가 { $view } 뷰를 사용하므로 { $act ->
    [replaced] 교체할 수 없었습니다
    [created] 만들 수 없었습니다
   *[dropped] 삭제할 수 없었습니다
}: { $users }. { view-is-now } 그 뷰를 삭제하고 다시 실행한 다음, 다시 만드십시오.
view-stays = 모든 행이 복제되었지만, { $view } 뷰를 { $act ->
    [replaced] 교체할 수 없었습니다
    [created] 만들 수 없었습니다
   *[dropped] 삭제할 수 없었습니다
}. { view-is-now } { $cause }
view-is-now = { $act ->
    [replaced] 이전 상태 그대로입니다.
    [created] 아직 존재하지 않습니다.
   *[dropped] 남아 있으며 비어 있습니다.
}
