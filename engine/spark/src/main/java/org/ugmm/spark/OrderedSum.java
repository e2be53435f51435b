package org.ugmm.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ExpectedCounts;
import scala.Tuple2;

/**
 * Adds up expected counts of partitions by a tree, always in the order of the partitions. Spark's
 * own {@code treeAggregate} adds in the order in which tasks end, so that the last bits of its sums
 * differ from run to run.
 */
final class OrderedSum {
  /** Sums that the driver adds up by itself. */
  private static final int AT_DRIVER = 16;

  private OrderedSum() {}

  /** Counts of some partitions, and where these stand among all. */
  record Part(int index, byte[] counts) implements Serializable {}

  /** Key k goes to partition k. */
  private static final class ByKey extends Partitioner {
    private static final long serialVersionUID = 1;
    private final int numKeys;

    ByKey(int numKeys) {
      this.numKeys = numKeys;
    }

    @Override
    public int numPartitions() {
      return numKeys;
    }

    @Override
    public int getPartition(Object key) {
      return (Integer) key;
    }
  }

  /**
   * The sum of all parts; null where there is none.
   *
   * @param parts at most one a partition
   * @param numPartitions more than any index of a part
   */
  static @Nullable ExpectedCounts of(JavaRDD<Part> parts, int numPartitions) {
    JavaRDD<Part> left = parts;
    if (numPartitions > AT_DRIVER) {
      int fanIn = (int) Math.ceil(Math.sqrt(numPartitions));
      int numKeys = (numPartitions + fanIn - 1) / fanIn;
      JavaPairRDD<Integer, Part> keyed =
          parts.mapToPair(part -> new Tuple2<>(part.index / fanIn, part));
      left =
          keyed
              .groupByKey(new ByKey(numKeys))
              .map(group -> new Part(group._1(), sum(group._2()).toBytes()));
    }
    List<Part> last = left.collect();
    return last.isEmpty() ? null : sum(last);
  }

  private static ExpectedCounts sum(Iterable<Part> parts) {
    List<Part> ordered = new ArrayList<>();
    parts.forEach(ordered::add);
    ordered.sort(Comparator.comparingInt(Part::index));
    ExpectedCounts sum = ExpectedCounts.ofBytes(ordered.get(0).counts);
    for (Part part : ordered.subList(1, ordered.size())) {
      sum.add(ExpectedCounts.ofBytes(part.counts));
    }
    return sum;
  }
}
