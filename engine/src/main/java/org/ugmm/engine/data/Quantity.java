package org.ugmm.engine.data;

/**
 * A number that is no probability, such as an entropy in nats.
 *
 * @param value the number; the middle of the interval where the certificate is an enclosure
 * @param certificate how exact it is; for {@link Certificate.Exact} the bound is on the rounding
 *     error relative to {@code max(1, |value|)}
 */
public record Quantity(double value, Certificate certificate) {}
