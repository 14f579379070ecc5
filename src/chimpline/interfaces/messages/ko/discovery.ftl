# 계정을 마지막으로 확인한 이후 Mailchimp에서 변경된 것.
found-audience = 오디언스 { $audience }({ $id })
found-audience-with = 오디언스 { $audience }({ $id }), 병합 필드 { $tags }
found-renamed = 오디언스 { $id }: { $was }에서 { $audience }(으)로 이름 변경
found-merge-field = 오디언스 { $audience }({ $id })의 병합 필드 { $tag }({ $type })
found-merge-field-type = 오디언스 { $audience }({ $id })의 병합 필드 { $tag }: { $was }에서 { $now }(으)로 형식 변경
found-merge-field-tag = 오디언스 { $audience }({ $id })의 병합 필드 { $was }: 태그가 { $now }(으)로 변경
found-merge-field-renamed = 오디언스 { $audience }({ $id })의 병합 필드 { $tag }: { $was }에서 { $now }(으)로 이름 변경
found-interest = 오디언스 { $audience }({ $id })의 관심사 { $interest }
found-interest-renamed = 오디언스 { $audience }({ $id })의 관심사: { $was }에서 { $now }(으)로 이름 변경
found-table = 테이블 { $table }
found-table-refused = 테이블 { $table } 읽기가 거부됨: { $why }
found-table-readable = 테이블 { $table } 읽기가 가능해짐
found-column = { $table } 테이블의 열 { $column }
found-column-of-type = { $table } 테이블의 열 { $column }({ $type })
found-column-type = { $table } 테이블의 열 { $column }: { $was }에서 { $now }(으)로 형식 변경
found-field = { $table } 테이블의 필드 { $field }: 열이 없어 _extra에 저장됨
