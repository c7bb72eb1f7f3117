/**
 * collections: the lists the local Commerce can be asked for, and the columns each may be searched by.
 *
 * The columns are the scalar fields of the published interfaces (AdobeDocs/commerce-webapi, 2.4.9), and of
 * customers the company of the default billing address, which the search joins (magento2 Customer/Model/
 * ResourceModel/CustomerRepository.php);
 * a search by anything else is refused, so a misspelt field does not pass for "no matches".
 */
import type { Shop } from "./Shop.ts"

/** A list endpoint. */
export interface Collection {
  /** The path after `/V1/`. */
  readonly path: string
  /** The path of a single item before its id; not all lists have one. */
  readonly itemPath?: string
  readonly from: keyof Shop
  /** The ACL resource that reading it takes. */
  readonly resource: string
  readonly columns: ReadonlySet<string>
  /** Belongs to the B2B module, without which there is no such route. */
  readonly isB2b?: boolean
}

const columns = (names: string): ReadonlySet<string> => new Set(names.trim().split(/\s+/u))

/** Every list that takes search criteria. */
export const collections: ReadonlyArray<Collection> = [
  {
    path: "invoices",
    itemPath: "invoices",
    from: "invoices",
    resource: "Magento_Sales::invoice",
    columns: columns(`
      base_currency_code base_discount_amount base_grand_total base_discount_tax_compensation_amount
      base_shipping_amount base_shipping_discount_tax_compensation_amnt base_shipping_incl_tax
      base_shipping_tax_amount base_subtotal base_subtotal_incl_tax base_tax_amount base_total_refunded
      base_to_global_rate base_to_order_rate billing_address_id can_void_flag created_at discount_amount
      discount_description email_sent entity_id global_currency_code grand_total
      discount_tax_compensation_amount increment_id is_used_for_refund order_currency_code order_id
      shipping_address_id shipping_amount shipping_discount_tax_compensation_amount shipping_incl_tax
      shipping_tax_amount state store_currency_code store_id store_to_base_rate store_to_order_rate
      subtotal subtotal_incl_tax tax_amount total_qty transaction_id updated_at
    `)
  },
  {
    path: "creditmemos",
    itemPath: "creditmemo",
    from: "creditmemos",
    resource: "Magento_Sales::creditmemo",
    columns: columns(`
      adjustment adjustment_negative adjustment_positive base_adjustment base_adjustment_negative
      base_adjustment_positive base_currency_code base_discount_amount base_grand_total
      base_discount_tax_compensation_amount base_shipping_amount
      base_shipping_discount_tax_compensation_amnt base_shipping_incl_tax base_shipping_tax_amount
      base_subtotal base_subtotal_incl_tax base_tax_amount base_to_global_rate base_to_order_rate
      billing_address_id created_at creditmemo_status discount_amount discount_description email_sent
      entity_id global_currency_code grand_total discount_tax_compensation_amount increment_id invoice_id
      order_currency_code order_id shipping_address_id shipping_amount
      shipping_discount_tax_compensation_amount shipping_incl_tax shipping_tax_amount state
      store_currency_code store_id store_to_base_rate store_to_order_rate subtotal subtotal_incl_tax
      tax_amount transaction_id updated_at
    `)
  },
  {
    path: "orders",
    itemPath: "orders",
    from: "orders",
    resource: "Magento_Sales::actions_view",
    columns: columns(`
      adjustment_negative adjustment_positive applied_rule_ids base_adjustment_negative
      base_adjustment_positive base_currency_code base_discount_amount base_discount_canceled
      base_discount_invoiced base_discount_refunded base_grand_total
      base_discount_tax_compensation_amount base_discount_tax_compensation_invoiced
      base_discount_tax_compensation_refunded base_shipping_amount base_shipping_canceled
      base_shipping_discount_amount base_shipping_discount_tax_compensation_amnt base_shipping_incl_tax
      base_shipping_invoiced base_shipping_refunded base_shipping_tax_amount base_shipping_tax_refunded
      base_subtotal base_subtotal_canceled base_subtotal_incl_tax base_subtotal_invoiced
      base_subtotal_refunded base_tax_amount base_tax_canceled base_tax_invoiced base_tax_refunded
      base_total_canceled base_total_due base_total_invoiced base_total_invoiced_cost
      base_total_offline_refunded base_total_online_refunded base_total_paid base_total_qty_ordered
      base_total_refunded base_to_global_rate base_to_order_rate billing_address_id can_ship_partially
      can_ship_partially_item coupon_code created_at customer_dob customer_email customer_firstname
      customer_gender customer_group_id customer_id customer_is_guest customer_lastname
      customer_middlename customer_note customer_note_notify customer_prefix customer_suffix
      customer_taxvat discount_amount discount_canceled discount_description discount_invoiced
      discount_refunded edit_increment email_sent entity_id ext_customer_id ext_order_id
      forced_shipment_with_invoice global_currency_code grand_total discount_tax_compensation_amount
      discount_tax_compensation_invoiced discount_tax_compensation_refunded hold_before_state
      hold_before_status increment_id is_virtual order_currency_code original_increment_id
      payment_authorization_amount payment_auth_expiration protect_code quote_address_id quote_id
      relation_child_id relation_child_real_id relation_parent_id relation_parent_real_id remote_ip
      shipping_amount shipping_canceled shipping_description shipping_discount_amount
      shipping_discount_tax_compensation_amount shipping_incl_tax shipping_invoiced shipping_refunded
      shipping_tax_amount shipping_tax_refunded state status store_currency_code store_id store_name
      store_to_base_rate store_to_order_rate subtotal subtotal_canceled subtotal_incl_tax
      subtotal_invoiced subtotal_refunded tax_amount tax_canceled tax_invoiced tax_refunded
      total_canceled total_due total_invoiced total_item_count total_offline_refunded
      total_online_refunded total_paid total_qty_ordered total_refunded updated_at weight x_forwarded_for
    `)
  },
  {
    path: "transactions",
    from: "transactions",
    resource: "Magento_Sales::transactions_fetch",
    columns: columns(`
      transaction_id parent_id order_id payment_id txn_id parent_txn_id txn_type is_closed created_at
    `)
  },
  {
    path: "customers/search",
    itemPath: "customers",
    from: "customers",
    resource: "Magento_Customer::manage",
    columns: columns(`
      entity_id id group_id default_billing default_shipping confirmation created_at updated_at
      created_in dob email firstname lastname middlename prefix suffix gender store_id taxvat website_id
      disable_auto_group_change company
    `)
  },
  {
    path: "products",
    from: "products",
    resource: "Magento_Catalog::products",
    columns: columns(`
      entity_id id sku name attribute_set_id price status visibility type_id created_at updated_at weight
    `)
  },
  {
    path: "categories/list",
    from: "categories",
    resource: "Magento_Catalog::categories",
    columns: columns(`
      entity_id id parent_id name is_active position level children created_at updated_at path
      include_in_menu
    `)
  },
  {
    path: "customerGroups/search",
    from: "customerGroups",
    resource: "Magento_Customer::group",
    columns: columns("id code tax_class_id tax_class_name")
  },
  {
    path: "company",
    from: "companies",
    resource: "Magento_Company::index",
    isB2b: true,
    columns: columns(`
      entity_id id status company_name legal_name company_email vat_tax_id reseller_id comment city
      country_id region region_id postcode telephone customer_group_id sales_representative_id
      reject_reason rejected_at super_user_id
    `)
  },
  {
    path: "companyCredits",
    from: "companyCredits",
    resource: "Magento_CompanyCredit::index",
    isB2b: true,
    columns: columns("entity_id id company_id credit_limit balance currency_code exceed_limit")
  },
  {
    path: "companyCredits/history",
    from: "companyCreditHistory",
    resource: "Magento_CompanyCredit::index",
    isB2b: true,
    columns: columns(`
      entity_id id company_credit_id user_id user_type currency_credit currency_operation rate rate_credit
      amount balance credit_limit available_limit type datetime purchase_order custom_reference_number comment
    `)
  }
]
