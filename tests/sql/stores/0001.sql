BEGIN TRANSACTION;
CREATE TABLE examples (
	label_id INTEGER NOT NULL, 
	fragment_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	document TEXT NOT NULL, 
	place TEXT NOT NULL, 
	"left" TEXT NOT NULL, 
	hit TEXT NOT NULL, 
	"right" TEXT NOT NULL, 
	importance DOUBLE NOT NULL, 
	CONSTRAINT pk_examples PRIMARY KEY (label_id, fragment_id, position), 
	CONSTRAINT fk_examples_patterns FOREIGN KEY(label_id, fragment_id) REFERENCES patterns (label_id, fragment_id)
);
INSERT INTO "examples" VALUES(1,1,1,'d1','/srv/corpus/headlines.jsonl.gz:1','今天','基金','上涨',4.5);
INSERT INTO "examples" VALUES(1,1,2,'d7','/srv/corpus/headlines.jsonl.gz:7','','基金','',3.5);
INSERT INTO "examples" VALUES(1,3,1,'d'||char(0)||'9','/srv/corpus/headlines.jsonl.gz:9','左'||char(0)||'','基'||char(0)||'金','👩‍👩‍👧',3.0);
INSERT INTO "examples" VALUES(3,5,1,'d''12','/srv/corpus/headlines.jsonl.gz:12','he said: ''','it''s "so" `said`; DROP TABLE patterns; --','''
',1.25);
INSERT INTO "examples" VALUES(4,7,1,'7','/srv/test/1.csv:7','in der ','Straße İstanbul ΣΑΣ',' 1',4.5);
INSERT INTO "examples" VALUES(5,4,1,'9','/srv/train/1.csv:9','','楼盘','!',1.25);
CREATE TABLE fragments (
	id INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	characters INTEGER NOT NULL, 
	CONSTRAINT pk_fragments PRIMARY KEY (id), 
	CONSTRAINT uq_fragments_text UNIQUE (text)
);
INSERT INTO "fragments" VALUES(1,'基金',2);
INSERT INTO "fragments" VALUES(2,'A 股',3);
INSERT INTO "fragments" VALUES(3,'基'||char(0)||'金',3);
INSERT INTO "fragments" VALUES(4,'楼盘',2);
INSERT INTO "fragments" VALUES(5,'it''s "so" `said`; DROP TABLE patterns; --',41);
INSERT INTO "fragments" VALUES(6,'‮abc‏ 100%_\',12);
INSERT INTO "fragments" VALUES(7,'Straße İstanbul ΣΑΣ',19);
INSERT INTO "fragments" VALUES(8,'👩‍👩‍👧',5);
INSERT INTO "fragments" VALUES(9,'good  old	times',15);
CREATE TABLE labels (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	documents BIGINT NOT NULL, 
	gold_documents BIGINT, 
	agreed_documents BIGINT, 
	importance DOUBLE NOT NULL, 
	CONSTRAINT pk_labels PRIMARY KEY (id), 
	CONSTRAINT uq_labels_run_id_name UNIQUE (run_id, name), 
	CONSTRAINT uq_labels_run_id_position UNIQUE (run_id, position), 
	CONSTRAINT fk_labels_runs FOREIGN KEY(run_id) REFERENCES runs (id)
);
INSERT INTO "labels" VALUES(1,1,0,'财经',50,48,45,25.0);
INSERT INTO "labels" VALUES(2,1,1,'房产',30,35,29,20.0);
INSERT INTO "labels" VALUES(3,1,2,'it''s',17,14,14,5.0);
INSERT INTO "labels" VALUES(4,2,0,'好',40,NULL,NULL,15.0);
INSERT INTO "labels" VALUES(5,2,1,'坏',28,NULL,NULL,8.0);
INSERT INTO "labels" VALUES(6,3,0,'财经',0,NULL,NULL,0.0);
INSERT INTO "labels" VALUES(7,3,1,'房产',0,NULL,NULL,0.0);
INSERT INTO "labels" VALUES(8,3,2,'it''s',0,NULL,NULL,0.0);
CREATE TABLE patterns (
	label_id INTEGER NOT NULL, 
	fragment_id INTEGER NOT NULL, 
	rank INTEGER NOT NULL, 
	importance DOUBLE NOT NULL, 
	mean DOUBLE NOT NULL, 
	share DOUBLE NOT NULL, 
	documents BIGINT NOT NULL, 
	occurrences BIGINT NOT NULL, 
	CONSTRAINT pk_patterns PRIMARY KEY (label_id, fragment_id), 
	CONSTRAINT uq_patterns_label_id_rank UNIQUE (label_id, rank), 
	CONSTRAINT ck_patterns_rank CHECK (rank >= 1), 
	CONSTRAINT ck_patterns_counts CHECK (documents >= 1 AND occurrences >= documents), 
	CONSTRAINT fk_patterns_labels FOREIGN KEY(label_id) REFERENCES labels (id), 
	CONSTRAINT fk_patterns_fragments FOREIGN KEY(fragment_id) REFERENCES fragments (id)
);
INSERT INTO "patterns" VALUES(1,1,1,12.5,3.125,0.5,4,5);
INSERT INTO "patterns" VALUES(1,2,2,6.25,3.125,0.25,2,2);
INSERT INTO "patterns" VALUES(1,3,3,3.0,3.0,0.12,1,1);
INSERT INTO "patterns" VALUES(2,4,1,8.0,2.0,0.4,4,4);
INSERT INTO "patterns" VALUES(2,1,2,1.0,1.0,0.05,1,1);
INSERT INTO "patterns" VALUES(3,5,1,2.5,1.25,0.5,2,3);
INSERT INTO "patterns" VALUES(3,6,2,1.25,1.25,0.25,1,1);
INSERT INTO "patterns" VALUES(4,7,1,9.0,4.5,0.6,2,2);
INSERT INTO "patterns" VALUES(4,1,2,4.0,2.0,0.25,2,3);
INSERT INTO "patterns" VALUES(4,8,3,1.5,1.5,0.1,1,1);
INSERT INTO "patterns" VALUES(5,4,1,5.0,1.25,0.625,4,6);
INSERT INTO "patterns" VALUES(5,9,2,2.0,2.0,0.25,1,1);
CREATE TABLE rejects (
	run_id INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	documents BIGINT NOT NULL, 
	CONSTRAINT pk_rejects PRIMARY KEY (run_id, reason), 
	CONSTRAINT fk_rejects_runs FOREIGN KEY(run_id) REFERENCES runs (id)
);
INSERT INTO "rejects" VALUES(1,'blank text',2);
INSERT INTO "rejects" VALUES(1,'not UTF-8',1);
CREATE TABLE runs (
	id INTEGER NOT NULL, 
	fingerprint TEXT NOT NULL, 
	parts TEXT NOT NULL, 
	status TEXT NOT NULL, 
	current BOOLEAN NOT NULL, 
	method TEXT NOT NULL, 
	model TEXT NOT NULL, 
	task TEXT NOT NULL, 
	layers TEXT NOT NULL, 
	settings TEXT NOT NULL, 
	versions TEXT NOT NULL, 
	folder TEXT NOT NULL, 
	owner TEXT, 
	heartbeat DATETIME, 
	started DATETIME NOT NULL, 
	ended DATETIME, 
	documents_read BIGINT, 
	documents_explained BIGINT, 
	documents_rejected BIGINT, 
	documents_truncated BIGINT, 
	duplicate_ids BIGINT, 
	padding_share DOUBLE, 
	empty_maps BIGINT, 
	residual DOUBLE, 
	shards BIGINT, 
	failed_shards BIGINT, 
	CONSTRAINT pk_runs PRIMARY KEY (id), 
	CONSTRAINT ck_runs_status CHECK (status IN ('running', 'complete', 'incomplete', 'failed', 'interrupted')), 
	CONSTRAINT ck_runs_current_published CHECK (NOT current OR status IN ('complete', 'incomplete'))
);
INSERT INTO "runs" VALUES(1,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','{"corpus": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "model": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "tokenizer": "3333333333333333333333333333333333333333333333333333333333333333", "attribution": "4444444444444444444444444444444444444444444444444444444444444444", "fragments": "5555555555555555555555555555555555555555555555555555555555555555", "patterns": "6666666666666666666666666666666666666666666666666666666666666666"}','complete',0,'grad-cam','/srv/models/topics.v2.keras','multiclass','["conv_2", "conv_3"]','{"corpus": {"paths": ["/srv/corpus/headlines.jsonl.gz"], "format": "auto"}, "model": {"path": "/srv/models/topics.v2.keras", "labels": ["财经", "房产", "it''s"], "task": "multiclass", "threshold": null}, "fragments": {"unit": "char", "max_units": 4}, "store": {"url": "patterns.db"}, "folder": "/srv"}','{"camlode": "0.1.0", "keras": "3.11.3"}','/srv/shards/aaaaaaaaaaaaaaaa-0badcafe',NULL,NULL,'2025-03-01 08:00:00.000000','2025-03-01 09:30:00.250000',100,97,3,5,1,0.125,2,0.5,2,0);
INSERT INTO "runs" VALUES(2,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','{"corpus": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "model": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "tokenizer": "3333333333333333333333333333333333333333333333333333333333333333", "attribution": "4444444444444444444444444444444444444444444444444444444444444444", "fragments": "5555555555555555555555555555555555555555555555555555555555555555", "patterns": "6666666666666666666666666666666666666666666666666666666666666666"}','incomplete',1,'layercam','/srv/models/reviews.v1','multilabel','["conv1d"]','{"corpus": {"paths": ["/srv/train/*.csv", "/srv/test/*.csv"]}, "model": {"path": "/srv/models/reviews.v1", "task": "multilabel", "threshold": {"好": 0.75}}, "fragments": {"unit": "word"}, "store": {"url": "patterns.db"}, "folder": "/srv"}','{"camlode": "0.1.0", "keras": "3.11.3"}','/srv/shards/bbbbbbbbbbbbbbbb-0badcafe',NULL,NULL,'2025-03-02 08:00:00.000000','2025-03-02 09:30:00.250000',65,65,0,0,0,0.0,0,NULL,3,1);
INSERT INTO "runs" VALUES(3,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','{"corpus": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "model": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "tokenizer": "3333333333333333333333333333333333333333333333333333333333333333", "attribution": "4444444444444444444444444444444444444444444444444444444444444444", "fragments": "5555555555555555555555555555555555555555555555555555555555555555", "patterns": "6666666666666666666666666666666666666666666666666666666666666666"}','interrupted',0,'grad-cam','/srv/models/topics.v2.keras','multiclass','["conv_2", "conv_3"]','{"corpus": {"paths": ["/srv/corpus/headlines.jsonl.gz"], "format": "auto"}, "model": {"path": "/srv/models/topics.v2.keras", "labels": ["财经", "房产", "it''s"], "task": "multiclass", "threshold": null}, "patterns": {"min_documents": 1}, "store": {"url": "patterns.db"}, "folder": "/srv"}','{"camlode": "0.1.0", "keras": "3.11.3"}','/srv/shards/aaaaaaaaaaaaaaaa-0badcafe',NULL,NULL,'2025-03-03 08:00:00.000000','2025-03-03 09:30:00.250000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE shards (
	run_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	shard TEXT NOT NULL, 
	file TEXT NOT NULL, 
	file_bytes BIGINT NOT NULL, 
	unit TEXT NOT NULL, 
	start BIGINT NOT NULL, 
	stop BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	error TEXT, 
	worker TEXT, 
	seconds DOUBLE, 
	documents BIGINT, 
	rejects BIGINT, 
	partial TEXT, 
	partial_bytes BIGINT, 
	CONSTRAINT pk_shards PRIMARY KEY (run_id, number), 
	CONSTRAINT ck_shards_state CHECK (state IN ('pending', 'running', 'done', 'failed')), 
	CONSTRAINT ck_shards_done_partial CHECK (state <> 'done' OR partial IS NOT NULL), 
	CONSTRAINT fk_shards_runs FOREIGN KEY(run_id) REFERENCES runs (id)
);
INSERT INTO "shards" VALUES(1,0,'0000000000000000','/srv/corpus/headlines.jsonl.gz',900,'bytes',0,500,'done',1,NULL,'node-1:12',1.5,60,2,'000000.parquet',2048);
INSERT INTO "shards" VALUES(1,1,'0000000000000001','/srv/corpus/headlines.jsonl.gz',900,'bytes',500,900,'done',2,NULL,'node-1:12',1.5,40,1,'000001.parquet',2049);
INSERT INTO "shards" VALUES(2,0,'0000000000000000','/srv/test/1.csv',300,'bytes',0,300,'done',1,NULL,'node-1:12',1.5,30,0,'000000.parquet',2048);
INSERT INTO "shards" VALUES(2,1,'0000000000000001','/srv/train/1.csv',700,'bytes',0,350,'done',1,NULL,'node-1:12',1.5,35,0,'000001.parquet',2049);
INSERT INTO "shards" VALUES(2,2,'0000000000000002','/srv/train/1.csv',700,'bytes',350,700,'failed',3,'ValueError: it''s [bad]','node-2:7',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "shards" VALUES(3,0,'0000000000000000','/srv/corpus/headlines.jsonl.gz',900,'bytes',0,500,'done',1,NULL,'node-1:12',1.5,60,2,'000000.parquet',2048);
INSERT INTO "shards" VALUES(3,1,'0000000000000001','/srv/corpus/headlines.jsonl.gz',900,'bytes',500,900,'pending',1,NULL,'node-1:12',NULL,NULL,NULL,NULL,NULL);
CREATE UNIQUE INDEX uq_runs_current ON runs (current) WHERE current IS 1;
CREATE VIEW top_patterns AS SELECT runs.id AS run, labels.name AS label, patterns.rank, fragments.text AS fragment, patterns.importance, patterns.mean, patterns.share, patterns.documents, patterns.occurrences 
FROM runs JOIN labels ON labels.run_id = runs.id JOIN patterns ON patterns.label_id = labels.id JOIN fragments ON fragments.id = patterns.fragment_id 
WHERE runs.current IS 1;
COMMIT;
