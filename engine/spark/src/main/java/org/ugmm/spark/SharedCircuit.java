package org.ugmm.spark;

import java.io.Serializable;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.InferenceOptions;

/**
 * A circuit as bytes, for other machines. Each JVM reads a circuit once, whatever broadcast it came
 * with: what was read is found by the checksum of the bytes. Safe to share between threads.
 */
final class SharedCircuit implements Serializable {
  private static final long serialVersionUID = 1;

  /** Circuits that a JVM keeps: learning leaves a new one behind at each step. */
  private static final int KEPT = 8;

  private static final Map<String, Ready> READY =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Ready> eldest) {
          return size() > KEPT;
        }
      };

  private final String name;
  private final byte[] bytes;
  private final String checksum;

  /** What a JVM made of a circuit. */
  private static final class Ready {
    final Circuit circuit;
    private @Nullable Inference exact;
    private @Nullable Inference estimating;

    Ready(Circuit circuit) {
      this.circuit = circuit;
    }

    synchronized Inference inference(boolean allowsEstimates) {
      if (allowsEstimates) {
        estimating = made(estimating, () -> InferenceOptions.DEFAULT.allowingAll());
        return estimating;
      }
      exact = made(exact, () -> InferenceOptions.DEFAULT);
      return exact;
    }

    private Inference made(@Nullable Inference old, Supplier<InferenceOptions> options) {
      return old == null ? new Inference(circuit, options.get()) : old;
    }
  }

  /**
   * Takes the bytes of a {@code .circuit} file.
   *
   * @param name what messages call it
   * @throws org.ugmm.engine.data.CircuitException if they are not a valid circuit
   */
  SharedCircuit(String name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes;
    checksum = sha256(bytes);
    ready();
  }

  static SharedCircuit of(String name, Circuit circuit) {
    return new SharedCircuit(name, circuit.toBytes());
  }

  /** SHA-256 of bytes, in hexadecimal digits. */
  static String sha256(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private Ready ready() {
    synchronized (READY) {
      Ready found = READY.get(checksum);
      if (found == null) {
        found = new Ready(Circuit.ofBytes(name, bytes));
        READY.put(checksum, found);
      }
      return found;
    }
  }

  /** The bytes of a {@code .circuit} file; not a copy. */
  byte[] bytes() {
    return bytes;
  }

  Circuit circuit() {
    return ready().circuit;
  }

  /** Answers questions; one for all tasks of a JVM, each of which leases workspaces of its own. */
  Inference inference(boolean allowsEstimates) {
    return ready().inference(allowsEstimates);
  }
}
