package org.ugmm.compiler.build;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.TrainingData;

/** A hash of all that decides what a training run learns: rows, columns, settings. */
public final class Fingerprint {
  private final MessageDigest digest;

  private Fingerprint() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  /** The hash, hexadecimal; the budget is no part of it, so that a search can be given more. */
  public static String of(TrainingData data, TrainOptions options) {
    Fingerprint f = new Fingerprint();
    f.add(data);
    f.add(options.valid());
    f.add(
        "%s|%d|%s|%s|%d|%s"
            .formatted(
                options.method(),
                options.epochs(),
                options.classVariable(),
                options.validFraction(),
                options.learn().seed(),
                options.learn().precision()));
    f.add(options.isStartForgotten() ? "structure" : "start");
    f.add(options.start());
    return HexFormat.of().formatHex(f.digest.digest());
  }

  /** The hash of a text, hexadecimal. */
  public static String text(String text) {
    Fingerprint f = new Fingerprint();
    f.add(text);
    return HexFormat.of().formatHex(f.digest.digest());
  }

  private void add(String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
  }

  private void add(@Nullable TrainingData data) {
    if (data == null) {
      return;
    }
    add(data.variables().toString());
    ByteBuffer row = ByteBuffer.allocate(Double.BYTES * (data.variables().size() + 1));
    for (int r = 0; r < data.numRows(); r++) {
      row.clear();
      for (int v = 0; v < data.variables().size(); v++) {
        row.putDouble(data.value(r, v));
      }
      row.putDouble(data.weight(r)).flip();
      digest.update(row);
      for (int v = 0; v < data.variables().size(); v++) {
        double[] soft = data.isAnySoft(v) ? data.soft(r, v) : null;
        if (soft != null) {
          add(v + " " + Arrays.toString(soft));
        }
      }
    }
  }

  private void add(@Nullable Circuit circuit) {
    if (circuit == null) {
      return;
    }
    add(circuit.variables().toString());
    for (int n = 0; n < circuit.numNodes(); n++) {
      add(circuit.kind(n).name());
      for (int i = 0; i < circuit.numChildren(n); i++) {
        add(Integer.toString(circuit.child(n, i)));
      }
      for (int i = 0; i < circuit.numParameters(n); i++) {
        add(Double.toHexString(circuit.parameter(n, i)));
      }
    }
  }
}
