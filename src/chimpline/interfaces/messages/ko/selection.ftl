selection-off-and-asked = { $table } 테이블이 요청되었지만 연결의 메타데이터에서 선택 해제되어 있습니다.
    .do = 다른 테이블을 요청하거나 메타데이터에서 선택하십시오.
selection-below-hashed-ids = { $parent } 테이블의 ID가 해시되는 동안에는 { $table } 테이블을 복제할 수 없습니다. 그 행에는 같은 ID가 해시되지 않은 채 들어 있기 때문입니다.
    .do = { $table } 테이블을 선택 해제하거나, { $parent } 테이블을 식별하는 열을 해시하지 마십시오.
selection-no-table = { $name } 테이블이 없습니다.{ $near }
    .do = `chimpline tables`로 모든 테이블을 볼 수 있습니다.
selection-unusable = { $table }: { $reason }
    .do = { $reason }

# 테이블에서 선택할 수 없는 것, 콜론 뒤.
selection-columns-and-exclude = columns는 선택할 열을, exclude는 제외할 열을 나타냅니다.
    .do = 둘 중 하나만 쓰십시오.
selection-needed-or-hashed = { $path }은(는) 제외할 수 없습니다: { $reason }.
    .do = 목록에서 빼십시오. 대신 해시할 수 있습니다.
selection-needed = { $path }은(는) 제외할 수 없습니다: { $reason }.
    .do = 목록에서 빼십시오.
selection-not-hashable = { $path }은(는) 해시할 수 없습니다: { $reason }.
    .do = 목록에서 빼십시오.
selection-hashed-and-left-out = { $path }이(가) 해시와 제외에 모두 지정되었습니다.
    .do = 둘 중 하나만 쓰십시오.
selection-key-lacks = 키에 { $columns } 열이 필요합니다. 없으면 행이 서로 덮어씁니다.
    .do = key = { $whole }(으)로 쓰거나 빼십시오.
selection-key-twice = 키에 같은 열이 두 번 있습니다.
    .do = 한 번만 쓰십시오.
selection-key-not-text = { $column } 열은 키에 쓸 수 없습니다. 값이 없을 수 있으며, 빈 값을 나타낼 수 있는 것은 텍스트뿐입니다.
    .do = 목록에서 빼거나 텍스트 열을 선택하십시오.
selection-key-left-out = { $column } 열이 키에 포함되면서 제외되었습니다.
    .do = 둘 중 하나만 쓰십시오.
selection-no-members = { $column } 열은 하위 항목을 선택할 수 있는 객체가 아닙니다.
    .do = { $column }(으)로 쓰십시오. 하위 항목은 다음 열에서만 선택할 수 있습니다: { $open }.
selection-no-column = { $column } 열이 없습니다.{ $near }
    .do = `chimpline tables --columns { $table }`로 모든 열을 볼 수 있습니다.

# 열을 제외할 수 없는 이유, 콜론 뒤.
required-key = 키의 일부임
required-cursor = 복제 키임
required-ask = { $ask } 행을 요청하는 데 사용됨
required-member = 삭제된 구성원이 남기는 행을 나타냄
required-news = 새 내용이 있는 { $collection }을(를) 나타냄
required-plans = 실행이 하위 테이블을 계획하고 뷰의 이름을 정하는 데 읽음
required-extra = 열이 없는 값이 저장되는 곳임
selection-rides-in-hidden = { $table }을(를) 복사할 수 없습니다. 그 행은 { $host }의 { $array } 항목인데, 그곳에서 { $array }은(는) 제거되거나 해시됩니다.
    .do = { $table } 선택을 해제하거나 { $array }을(를) 그대로 저장하십시오.
