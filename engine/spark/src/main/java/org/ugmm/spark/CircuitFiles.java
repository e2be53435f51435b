package org.ugmm.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.BiFunction;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsReader$;
import org.apache.spark.ml.util.DefaultParamsWriter$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.SparkSession;

/** Circuits on whatever file systems Spark reads and writes. */
final class CircuitFiles {
  private static final String FILE = "model.circuit";

  private CircuitFiles() {}

  static byte[] read(SparkSession session, Path file) {
    try {
      FileSystem files = file.getFileSystem(session.sessionState().newHadoopConf());
      try (FSDataInputStream in = files.open(file)) {
        return in.readAllBytes();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": the circuit cannot be read: " + e.getMessage(), e);
    }
  }

  static boolean exists(SparkSession session, Path file) {
    try {
      return file.getFileSystem(session.sessionState().newHadoopConf()).exists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be looked for: " + e.getMessage(), e);
    }
  }

  /** Writes a file beside its place, then moves it there. */
  static void write(SparkSession session, Path file, byte[] bytes) {
    try {
      FileSystem files = file.getFileSystem(session.sessionState().newHadoopConf());
      Path temporary = new Path(file.getParent(), "." + file.getName() + ".tmp");
      try (FSDataOutputStream out = files.create(temporary, true)) {
        out.write(bytes);
      }
      files.delete(file, false);
      if (!files.rename(temporary, file)) {
        throw new IOException("%s could not be renamed".formatted(temporary));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          file + ": the circuit cannot be written: " + e.getMessage(), e);
    }
  }

  /** Saves parameters and a circuit. */
  static final class Writer extends MLWriter {
    private final Params params;
    private final SharedCircuit circuit;

    Writer(Params params, SharedCircuit circuit) {
      this.params = params;
      this.circuit = circuit;
    }

    @Override
    public void saveImpl(String path) {
      DefaultParamsWriter$.MODULE$.saveMetadata(params, path, sparkSession());
      CircuitFiles.write(sparkSession(), new Path(path, FILE), circuit.bytes());
    }
  }

  /** Loads what {@link Writer} saved. */
  static final class Reader<T extends Params> extends MLReader<T> {
    private final Class<T> type;
    private final BiFunction<String, SharedCircuit, T> made;

    Reader(Class<T> type, BiFunction<String, SharedCircuit, T> made) {
      this.type = type;
      this.made = made;
    }

    @Override
    public T load(String path) {
      DefaultParamsReader.Metadata metadata =
          DefaultParamsReader$.MODULE$.loadMetadata(path, sparkSession(), type.getName());
      Path file = new Path(path, FILE);
      byte[] bytes = CircuitFiles.read(sparkSession(), file);
      T loaded = made.apply(metadata.uid(), new SharedCircuit(file.toString(), bytes));
      metadata.getAndSetParams(loaded, scala.Option.empty());
      return loaded;
    }
  }
}
