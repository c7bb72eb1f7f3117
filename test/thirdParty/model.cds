// A piece of IFS's shape, served by an OData implementation that is not ours.
@requires: 'any'
@path: '/main/ifsapplications/projection/v1/CustomerHandling.svc'
service CustomerHandling {
  entity CustomerInfoSet {
    key CustomerId : String(20);
    Name           : String(100);
    Country        : String(2);
    OneTime        : Boolean;
    CreationDate   : Date;
    CreditLimit    : Decimal(15, 2);
    ChangedAt      : DateTime;
    Version        : Timestamp @odata.etag @cds.on.update: $now;
  }

  // Never more than three rows, with a next link.
  @cds.query.limit: { default: 3, max: 3 }
  entity PeriodSet {
    key Company          : String(20);
    key AccountingYear   : Decimal(10, 0);
    key AccountingPeriod : Decimal(10, 0);
    Status               : String(10);
  }
}
