package org.ugmm.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;

/** Asks questions about one row that is a struct. */
final class RowFunction implements UDF1<Row, @Nullable Row> {
  private static final long serialVersionUID = 1;

  private final Broadcast<SharedCircuit> circuit;
  private final String query;
  private final boolean allowsEstimates;

  /** Of the thread that asks: the struct's type, and what follows from it. */
  private transient @Nullable ThreadLocal<Bound> bound;

  private record Bound(StructType schema, int[] position, Scorer.Asker asker) {}

  RowFunction(Broadcast<SharedCircuit> circuit, String query, boolean allowsEstimates) {
    this.circuit = circuit;
    this.query = query;
    this.allowsEstimates = allowsEstimates;
  }

  /** The type of the answers. */
  static StructType type(Circuit circuit, String query) {
    List<StructField> fields = new ArrayList<>();
    Question.parse(query, circuit).forEach(question -> fields.addAll(question.fields(circuit)));
    fields.add(DataTypes.createStructField("certificate", DataTypes.StringType, false));
    fields.add(DataTypes.createStructField("note", DataTypes.StringType, true));
    return DataTypes.createStructType(fields);
  }

  @Override
  public @Nullable Row call(@Nullable Row row) {
    if (row == null) {
      return null;
    }
    Bound with = bound(row.schema());
    Object[] cells = new Object[with.position.length];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = row.get(with.position[i]);
    }
    with.asker.tile.clear();
    with.asker.add(RowFactory.create(cells));
    with.asker.answer();
    return RowFactory.create(with.asker.tile.out[0]);
  }

  private Bound bound(StructType schema) {
    ThreadLocal<Bound> local = local();
    Bound known = local.get();
    if (known == null || !known.schema.equals(schema)) {
      SharedCircuit shared = circuit.value();
      Scorer.Layout layout = Scorer.Layout.of(schema, shared.circuit(), query, new String[0]);
      int[] position = layout.input().stream().mapToInt(schema::fieldIndex).toArray();
      known =
          new Bound(
              schema, position, new Scorer.Asker(shared.inference(allowsEstimates), layout, 1));
      local.set(known);
    }
    return known;
  }

  private synchronized ThreadLocal<Bound> local() {
    ThreadLocal<Bound> local = bound;
    if (local == null) {
      local = new ThreadLocal<>();
      bound = local;
    }
    return local;
  }
}
