"""The engine: the stages of the topology on real Kafka, with Faust, transactions and RocksDB."""
