"""The stages of a job: functions of their arguments that do not know in which process they run.

In the order of the data, one file each:

    plan        plan_shards(files, corpus, shard_documents) -> tuple[Shard, ...]
    read        read_shard(shard, corpus) -> ShardDocuments
    encode      encode(shard, tokenizer, *, context) -> EncodedShard
    attribute   attribute(shard, explainer, *, requested_labels) -> Importances
    extract     extract(shard, importances, labels, fragments, patterns, segment) -> ShardResult
    reduce      reduce(partials, patterns) -> pa.Table
    match       match(shard, published, *, remaining, context) -> Matches
    statistics  compute_statistics(counts, labels) -> PatternStatistics
    publish     build_run_result(best, labels, totals, counts, matches, *, boundaries, shards, failed_shards,
                                 duplicate_ids) -> RunResult

Between extract and reduce a shard's result lies in the run's work folder (`partials`, `work_folder`); `match_counts`
holds what match returns.

Nothing is imported here, so that light users load one stage alone: reading a corpus takes neither the matcher nor the
store. The functions are not exported from this package, since importing a submodule binds its name here.
"""
