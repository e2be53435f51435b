package org.ugmm.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * The rows of a table to learn from, as blocks of numbers that Spark keeps: the bound variables and
 * the weight of each row. What could not be read is said by {@link #summary}, once for all.
 */
final class LearnedRows {
  /** Rows of a block: what a task learns from at once. */
  private static final int BLOCK_ROWS = 4096;

  private final JavaRDD<Block> blocks;
  private final Binding binding;
  private final List<Variable> bound;

  /**
   * Some rows of a partition.
   *
   * @param values row-major [rows][bound variables and the weight]
   * @param numErrors rows that could not be read
   * @param error the first of these; null for none
   */
  private record Block(double[] values, long numErrors, @Nullable String error)
      implements Serializable {}

  /** What a partition holds; [bound variables] known cells of each. */
  private record Summary(
      long rows, double weight, long[] known, long errors, @Nullable String error)
      implements Serializable {}

  /** Number of rows, and the sum of their weights. */
  record Size(long rows, double weight) {}

  /** A table of which some columns are variables; nothing is read yet. */
  LearnedRows(Dataset<?> table, List<Variable> variables, String weightColumn) {
    binding = Binding.of(table.schema(), variables, null);
    int[] own = binding.variables();
    bound = Arrays.stream(own).mapToObj(variables::get).toList();
    List<Column> columns =
        new ArrayList<>(binding.columns().stream().map(UgmmModel::column).toList());
    boolean isWeighted = !weightColumn.isEmpty();
    if (isWeighted) {
      if (!Arrays.asList(table.schema().fieldNames()).contains(weightColumn)) {
        throw new ArgumentException(
            "weight column '%s'; the table has [%s]"
                .formatted(weightColumn, Binding.names(Arrays.asList(table.schema().fieldNames()))),
            weightColumn);
      }
      columns.add(UgmmModel.column(weightColumn).cast(DataTypes.DoubleType));
    }
    Reading reading = new Reading(binding, own, variables.size(), isWeighted);
    blocks =
        table
            .select(columns.toArray(new Column[0]))
            .javaRDD()
            .mapPartitions(reading::blocks)
            .persist(StorageLevel.MEMORY_AND_DISK());
  }

  /** Where these variables are among those of the circuit. */
  int[] variableIndices() {
    return binding.variables();
  }

  int numPartitions() {
    return blocks.getNumPartitions();
  }

  void release() {
    blocks.unpersist();
  }

  /** Turns rows into blocks. */
  private record Reading(Binding binding, int[] own, int numVariables, boolean isWeighted)
      implements Serializable {

    Iterator<Block> blocks(Iterator<Row> rows) {
      return new Iterator<>() {
        private long seen;

        @Override
        public boolean hasNext() {
          return rows.hasNext();
        }

        @Override
        public Block next() {
          Block block = block(rows, seen);
          seen += BLOCK_ROWS;
          return block;
        }
      };
    }

    private Block block(Iterator<Row> rows, long first) {
      int width = own.length + 1;
      double[] values = new double[BLOCK_ROWS * width];
      double[] all = new double[numVariables];
      int n = 0;
      long errors = 0;
      String error = null;
      for (int i = 0; i < BLOCK_ROWS && rows.hasNext(); i++) {
        Row row = rows.next();
        String problem = binding.read(row, all, 0);
        double weight = isWeighted ? weight(row) : 1;
        if (problem == null && !(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
          problem = "a weight of %s; expected a finite number of at least 0".formatted(weight);
        }
        if (problem != null) {
          errors++;
          error = error == null ? "row %d: %s".formatted(first + i, problem) : error;
          continue;
        }
        for (int v = 0; v < own.length; v++) {
          values[n * width + v] = all[own[v]];
        }
        values[n * width + own.length] = weight;
        n++;
      }
      return new Block(Arrays.copyOf(values, n * width), errors, error);
    }

    private double weight(Row row) {
      return row.isNullAt(own.length) ? Double.NaN : row.getDouble(own.length);
    }
  }

  /**
   * Reads all rows once.
   *
   * @throws ArgumentException if there are none, some cannot be read, or a column is empty
   */
  Size summary() {
    int numBound = bound.size();
    List<Summary> partitions =
        blocks.mapPartitions(iterator -> List.of(summary(iterator, numBound)).iterator()).collect();
    long rows = 0;
    long errors = 0;
    double weight = 0;
    long[] known = new long[numBound];
    String error = null;
    for (int p = 0; p < partitions.size(); p++) {
      Summary part = partitions.get(p);
      rows += part.rows;
      weight += part.weight;
      errors += part.errors;
      for (int v = 0; v < numBound; v++) {
        known[v] += part.known[v];
      }
      if (error == null && part.error != null) {
        error = "partition %d, %s".formatted(p, part.error);
      }
    }
    if (error != null) {
      throw new ArgumentException(
          "%d of %d rows cannot be read; the first, %s: correct or filter them"
              .formatted(errors, rows + errors, error));
    }
    if (!(weight > 0)) {
      throw new ArgumentException(
          rows == 0
              ? "the table has no rows; nothing can be learned from it"
              : "the weights of all rows are 0; nothing can be learned from them");
    }
    for (int v = 0; v < numBound; v++) {
      if (known[v] == 0) {
        String name = bound.get(v).name();
        throw new ArgumentException(
            "column '%s' is missing in all %d rows; nothing can be learned of it: drop the column,"
                    .formatted(name, rows)
                + " so that the variable is hidden",
            name);
      }
    }
    return new Size(rows, weight);
  }

  private static Summary summary(Iterator<Block> blocks, int numBound) {
    int width = numBound + 1;
    long rows = 0;
    long errors = 0;
    double weight = 0;
    long[] known = new long[numBound];
    String error = null;
    while (blocks.hasNext()) {
      Block block = blocks.next();
      errors += block.numErrors;
      error = error == null ? block.error : error;
      for (int at = 0; at < block.values.length; at += width) {
        rows++;
        weight += block.values[at + numBound];
        for (int v = 0; v < numBound; v++) {
          known[v] += Double.isNaN(block.values[at + v]) ? 0 : 1;
        }
      }
    }
    return new Summary(rows, weight, known, errors, error);
  }

  /**
   * A sample of about some number of rows, all of them where there are no more; which rows follows
   * from the seed and the partitions alone.
   */
  TrainingData sample(int wanted, long seed, long rows) {
    double share = (double) wanted / rows;
    int width = bound.size() + 1;
    List<double[]> chosen =
        blocks
            .mapPartitionsWithIndex((p, iterator) -> chosen(iterator, width, share, seed, p), false)
            .collect();
    return data(bound, chosen);
  }

  private static Iterator<double[]> chosen(
      Iterator<Block> blocks, int width, double share, long seed, int partition) {
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + partition);
    List<double[]> chosen = new ArrayList<>();
    while (blocks.hasNext()) {
      double[] values = blocks.next().values;
      for (int at = 0; at < values.length; at += width) {
        if (random.nextDouble() < share) {
          chosen.add(Arrays.copyOfRange(values, at, at + width));
        }
      }
    }
    return chosen.iterator();
  }

  /**
   * Blocks as a table, all digits kept.
   *
   * @param blocks row-major [rows][variables and the weight]
   */
  static TrainingData data(List<Variable> variables, List<double[]> blocks) {
    TrainingData.Builder builder = TrainingData.builder(variables);
    int numVariables = variables.size();
    for (int v = 0; v < numVariables; v++) {
      if (!(variables.get(v) instanceof Categorical)) {
        builder.doubles(v);
      }
    }
    for (double[] block : blocks) {
      for (int at = 0; at < block.length; at += numVariables + 1) {
        builder.addRow(Arrays.copyOfRange(block, at, at + numVariables), block[at + numVariables]);
      }
    }
    return builder.build();
  }

  /** Counts of each partition that has rows, of some of the partitions. */
  JavaRDD<OrderedSum.Part> counts(Counting counting, int[] partitions) {
    JavaRDD<Block> some = partitions.length == numPartitions() ? blocks : pruned(partitions);
    int[] index = partitions.clone();
    return some.mapPartitionsWithIndex(
        (p, iterator) -> counting.count(index[p], values(iterator)), false);
  }

  private JavaRDD<Block> pruned(int[] partitions) {
    return new PartitionPruningRDD<>(blocks.rdd(), new Chosen(partitions), blocks.classTag())
        .toJavaRDD();
  }

  /** Whether a partition is among some. */
  private static final class Chosen extends scala.runtime.AbstractFunction1<Object, Object>
      implements Serializable {
    private static final long serialVersionUID = 1;
    private final int[] partitions;

    Chosen(int[] partitions) {
      this.partitions = partitions.clone();
      Arrays.sort(this.partitions);
    }

    @Override
    public Object apply(Object partition) {
      return Arrays.binarySearch(partitions, (Integer) partition) >= 0;
    }
  }

  private static Iterator<double[]> values(Iterator<Block> blocks) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return blocks.hasNext();
      }

      @Override
      public double[] next() {
        return blocks.next().values;
      }
    };
  }

  /** Counts the rows of a partition. */
  interface Counting extends Serializable {
    Iterator<OrderedSum.Part> count(int partition, Iterator<double[]> blocks);
  }
}
